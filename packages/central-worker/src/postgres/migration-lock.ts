// The lock of migrations: that of a table without rows. Any role that can connect could hold an advisory lock, and keep
// everybody from migrating; a table is locked only by who has rights on it.
import { sqlStateOf } from './database-errors.ts'
import { hasTable, type Queryable } from './queryable.ts'
import type { SessionClient } from './session-client.ts'

/** Another migration makes the same schema or table at this moment. */
const MADE_MEANWHILE = ['23505', '42P06', '42P07']

interface Sessions {
  /** On which `work` runs, with transactions of its own. */
  readonly client: SessionClient
  /** Not connected yet; it holds the lock and is ended. */
  readonly holder: SessionClient
  /** Where the lock is. */
  readonly schema: string
}

export async function whileMigrationsAreLocked<T>(
  { client, holder, schema }: Sessions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = `${schema}.lock_migrations`
  await makeTable(client, schema, lock)
  await holder.connect()
  let isDone = false
  holder.once('end', () => {
    // The next one has the lock now, and must not meet this one.
    if (!isDone) client.end().catch(() => {})
  })
  try {
    await holder.query('begin')
    await holder.query(`lock table ${lock} in exclusive mode`)
    return await work()
  } finally {
    isDone = true
    await holder.end()
  }
}

async function makeTable(queryable: Queryable, schema: string, table: string): Promise<void> {
  while (!(await hasSchema(queryable, schema)) || !(await hasTable(queryable, table))) {
    try {
      // With `if not exists`, it would ask for the right to create schemas also where there is this one.
      if (!(await hasSchema(queryable, schema))) await queryable.query(`create schema ${schema}`)
      await queryable.query(`create table ${table} ()`)
    } catch (error) {
      if (!MADE_MEANWHILE.includes(sqlStateOf(error) ?? '')) throw error
    }
  }
}

async function hasSchema(queryable: Queryable, schema: string): Promise<boolean> {
  const { rows } = await queryable.query('select from pg_namespace where nspname = $1', [schema])
  return rows.length > 0
}
