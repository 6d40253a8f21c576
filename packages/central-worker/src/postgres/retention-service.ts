// Creates the coming days' partitions and drops the old ones, hourly. Every replica tries; the first one does
// the work.
import type pg from 'pg'
import type { Logger } from 'pino'
import { backoffMs, createLoop, type LoopService } from '../runtime/service.ts'
import { isDatabaseError } from './database-errors.ts'
import { inTransaction } from './queryable.ts'

export interface RetentionResult {
  readonly partitionsCreated: number
  readonly partitionsDropped: number
  readonly rowsDeleted: number
}

const INTERVAL_MS = 3_600_000
/** The most rows of one table that a turn deletes; after a full turn the next one comes soon. */
const ROWS_PER_STEP = 10_000
const PAUSE_BETWEEN_STEPS_MS = 1_000
const LONGEST_TIMER_MS = 2_147_483_647
/** Kept beyond the retention: a tick may take back rollups that left its sums (see MOST_HOURS_BEHIND). */
export const MORE_HOURS = 2

export async function applyRetention(
  pool: pg.Pool,
  retentionDays: number,
): Promise<RetentionResult> {
  // By itself, so that what it locks is free again before anything is deleted.
  const created = await createPartitions(pool)
  const { rows } = await pool.query<RetentionResult>(
    `select partitions_created as "partitionsCreated", partitions_dropped as "partitionsDropped",
       rows_deleted as "rowsDeleted"
     from winrate.apply_retention(make_interval(days => $1, hours => $2), now(), $3)`,
    [retentionDays, MORE_HOURS, ROWS_PER_STEP],
  )
  const [applied = { partitionsCreated: 0, partitionsDropped: 0, rowsDeleted: 0 }] = rows
  return { ...applied, partitionsCreated: applied.partitionsCreated + created }
}

/** Without a time limit: to move a whole day into its partition may take long, and would only begin again. */
function createPartitions(pool: pg.Pool): Promise<number> {
  return inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0')
    const statement = {
      text: 'select winrate.create_partitions() as created',
      query_timeout: LONGEST_TIMER_MS,
    }
    const { rows } = await client.query<{ created: number }>(statement)
    return rows[0]?.created ?? 0
  })
}

export function createRetentionService(options: {
  readonly pool: pg.Pool
  readonly retentionDays: number
  readonly logger: Logger
  readonly onCrash: (error: unknown) => void
}): LoopService<RetentionResult> {
  const { pool, retentionDays, logger } = options
  return createLoop({
    async runOnce() {
      const result = await applyRetention(pool, retentionDays)
      if (result.partitionsDropped > 0 || result.rowsDeleted > 0) {
        logger.info(result, 'retention-applied')
      }
      return result
    },
    waitMs: ({ rowsDeleted }) =>
      rowsDeleted >= ROWS_PER_STEP ? PAUSE_BETWEEN_STEPS_MS : INTERVAL_MS,
    onError(error, failures) {
      if (!isDatabaseError(error)) throw error
      logger.warn({ err: error }, 'retention-delayed')
      return backoffMs(failures, 5_000, 300_000)
    },
    onCrash: options.onCrash,
  })
}
