import { sqlStateOf } from '../postgres/database-errors.ts'
import type { Queryable } from '../postgres/queryable.ts'

/**
 * Identity and timeline of the database cluster. They change when a backup is restored, a dump is
 * loaded elsewhere or a standby takes over: whenever outcomes may have been lost. Null where the
 * role may not read them.
 */
export async function readClusterIdentity(queryable: Queryable): Promise<string | null> {
  try {
    const { rows } = await queryable.query<{ identity: string }>(`
      select system_identifier || '/' || timeline_id as identity
      from pg_control_system(), pg_control_checkpoint()`)
    return rows[0]?.identity ?? null
  } catch (error) {
    if (sqlStateOf(error) === '42501') return null
    throw error
  }
}
