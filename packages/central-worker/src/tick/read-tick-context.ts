import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Circumstances } from '../cells/circumstances.ts'
import { findComparedFrom, findUntimed, readDelays } from '../cells/reporting-delays.ts'
import { readMissing } from '../missing/judge-missing.ts'
import { sqlStateOf } from '../postgres/database-errors.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { leftOutByCell, type Quarantine, type Verdict } from '../quarantine/judge-instances.ts'
import type { WindowShape } from '../window/window-spans.ts'

/** What a tick needs besides the rollups; the hour is the present one by the database's clock. */
export interface TickContext extends Circumstances {
  /** The cells with a break at the last tick. */
  readonly changes: readonly (CellName & { readonly changedAt: Date })[]
}

/** Reads it in the tick's transaction, so that `hour` is the one that the rollups' ages count from. */
export async function readTickContext(
  queryable: Queryable,
  { windowHours }: Pick<WindowShape, 'windowHours'>,
): Promise<TickContext> {
  const { rows: states } = await queryable.query<Pick<TickContext, 'hour' | 'knowsDraws'>>(
    `select date_trunc('hour', now(), 'UTC') as hour, not is_outdated as "knowsDraws"
     from winrate.rollup_state`,
  )
  const { rows: verdicts } = await queryable.query<{ instanceId: string; verdict: Verdict }>(
    'select instance_id as "instanceId", verdict from winrate.instance_verdicts',
  )
  const { rows: changes } = await queryable.query<TickContext['changes'][number]>(`
    select task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel", changed_at as "changedAt"
    from winrate.task_metrics
    where changed_at is not null`)
  const { rows: quarantines } = await queryable.query<
    CellName & Pick<Quarantine, 'instanceId' | 'reason'>
  >(`
    select task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel", instance_id as "instanceId", reason
    from winrate.instance_quarantines`)
  const missing = await readMissing(queryable)
  const delays = await readDelays(queryable)
  const [state] = states
  if (state === undefined) throw new Error('winrate.rollup_state has no row')
  return {
    ...state,
    verdicts: new Map(verdicts.map(({ instanceId, verdict }) => [instanceId, verdict])),
    comparedFrom: findComparedFrom(delays, windowHours),
    untimed: findUntimed(delays),
    missing: new Map(
      missing
        .filter(({ failuresPerOutcome }) => failuresPerOutcome > 0)
        .map(({ failuresPerOutcome, leastFailures, ...cell }) => [
          cellKey(cell),
          { failuresPerOutcome, leastFailures },
        ]),
    ),
    leftOut: leftOutByCell(quarantines),
    changes,
  }
}

/**
 * Identity and timeline of the database cluster. They change when a backup is restored, a dump is
 * loaded elsewhere or a standby takes over: whenever outcomes may have been lost. The timeline is that of what is written
 * now: the one of the last checkpoint is older for minutes after a standby took over. Null where the role may not read them,
 * or the server has no such functions.
 */
export async function readClusterIdentity(queryable: Queryable): Promise<string | null> {
  try {
    const { rows } = await queryable.query<{ identity: string }>(`
      select system_identifier || '/' || ('x' || left(segment, 8))::bit(32)::integer as identity
      from pg_control_system(), pg_walfile_name(pg_current_wal_insert_lsn()) as segment`)
    return rows[0]?.identity ?? null
  } catch (error) {
    if (unreadable.includes(sqlStateOf(error))) return null
    throw error
  }
}

/** No right, and not supported. */
const unreadable: readonly unknown[] = ['42501', '0A000']
