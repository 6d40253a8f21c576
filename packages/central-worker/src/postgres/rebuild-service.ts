// Sums the rollups of the window again after an upgrade that makes rollups say more. Ingest and ticks go on meanwhile,
// and ticks count as before until it is done. Every replica tries; the first one does the work, and one that was
// interrupted begins again, which is fast where the rollups are right already.
import type pg from 'pg'
import type { Logger } from 'pino'
import { backoffMs, createLoop, type LoopService } from '../runtime/service.ts'
import { isDatabaseError, sqlStateOf } from './database-errors.ts'
import { inTransaction, type Queryable } from './queryable.ts'
import { rebuildRollupsByDay } from './rebuild-rollups.ts'

export interface RebuildResult {
  /** `busy`: another replica is at it. */
  readonly outcome: 'rebuilt' | 'busy' | 'up-to-date'
  /** Rollups that differed from the outcomes. */
  readonly differed: number
}

const INTERVAL_MS = 3_600_000
const BUSY_INTERVAL_MS = 60_000
const LONGEST_TIMER_MS = 2_147_483_647
const LOCK_NOT_AVAILABLE = '55P03'

class BusyError extends Error {}

/** Rebuilds what an earlier version left, if anything. */
export async function rebuildOutdated(pool: pg.Pool, windowDays: number): Promise<RebuildResult> {
  const { rows } = await pool.query<{ isOutdated: boolean; firstDay: string }>(
    `select is_outdated as "isOutdated",
       ((now() - make_interval(hours => $1)) at time zone 'UTC')::date::text as "firstDay"
     from winrate.rollup_state`,
    [Math.ceil(windowDays * 24)],
  )
  if (rows[0]?.isOutdated !== true) return { outcome: 'up-to-date', differed: 0 }
  try {
    const differed = await rebuildRollupsByDay(patient(pool), rows[0].firstDay, () => {})
    await pool.query('update winrate.rollup_state set is_outdated = false')
    return { outcome: 'rebuilt', differed }
  } catch (error) {
    if (error instanceof BusyError) return { outcome: 'busy', differed: 0 }
    throw error
  }
}

/** Runs each statement without a time limit, and throws a BusyError while another replica runs one. */
function patient(pool: pg.Pool): Queryable {
  const run = (text: string, values: unknown[]) =>
    inTransaction(pool, async (client) => {
      // What winrate.rebuild_hours locks, too.
      await client
        .query('lock table winrate.lock_rebuild in exclusive mode nowait')
        .catch((error: unknown) => {
          throw sqlStateOf(error) === LOCK_NOT_AVAILABLE ? new BusyError() : error
        })
      await client.query('set local statement_timeout = 0')
      const statement = { text, values, query_timeout: LONGEST_TIMER_MS }
      return client.query(statement)
    })
  return { query: run } as Queryable
}

export function createRebuildService(options: {
  readonly pool: pg.Pool
  readonly windowDays: number
  readonly logger: Logger
  readonly onCrash: (error: unknown) => void
}): LoopService<RebuildResult> {
  const { pool, windowDays, logger } = options
  return createLoop({
    async runOnce() {
      const result = await rebuildOutdated(pool, windowDays)
      if (result.outcome === 'rebuilt') logger.info(result, 'rollups-rebuilt')
      return result
    },
    waitMs: ({ outcome }) => (outcome === 'busy' ? BUSY_INTERVAL_MS : INTERVAL_MS),
    onError(error, failures) {
      if (!isDatabaseError(error)) throw error
      logger.warn({ err: error }, 'rebuild-delayed')
      return backoffMs(failures, 5_000, 300_000)
    },
    onCrash: options.onCrash,
  })
}
