import type pg from 'pg'
import { z } from 'zod'

/** The state of a run in the database. */
export interface StoredState {
  readonly stored: number
  readonly rejected: number
  /** Messages still in the queue. */
  readonly queued: number
  /** Published snapshots. */
  readonly snapshots: number
  /** Outcomes that the newest snapshot contains. */
  readonly inSnapshot: number
}

const stateSchema = z.array(
  z.object({
    stored: z.number(),
    rejected: z.number(),
    queued: z.number(),
    snapshots: z.number(),
    inSnapshot: z.number(),
  }),
)

export async function readStoredState(pool: pg.Pool): Promise<StoredState> {
  const { rows } = await pool.query(`
    select
      (select count(*)::float8 from winrate.task_preferences) as stored,
      (select count(*)::float8 from winrate.rejected_outcomes) as rejected,
      (select count(*)::float8 from pgmq.q_task_preferences) as queued,
      (select version::float8 from winrate.snapshot_head) as snapshots,
      coalesce((select max(samples)::float8 from winrate.snapshots), 0) as "inSnapshot"`)
  const [state] = stateSchema.parse(rows)
  if (state === undefined) throw new Error('the database told nothing of its state')
  return state
}

const delaySchema = z.array(z.object({ medianMs: z.number().nullable() }))

/**
 * Median time from recording an outcome until the first snapshot that contains it was made; null if no
 * snapshot contains any. Snapshots count outcomes in the order of storage, so the n-th stored outcome is in
 * the first snapshot with at least n samples.
 */
export async function readOutcomeToSnapshotMs(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query(`
    with stored as (
      select occurred_at, count(*) over (order by inserted_at) as nth
      from winrate.task_preferences
    ),
    contained as (
      select stored.occurred_at, snapshot.created_at
      from stored
      cross join lateral (
        select min(created_at) as created_at
        from winrate.snapshots
        where samples >= stored.nth
      ) as snapshot
    )
    select percentile_cont(0.5) within group (
      order by extract(epoch from created_at - occurred_at)::float8 * 1000
    ) as "medianMs"
    from contained
    where created_at is not null`)
  return delaySchema.parse(rows)[0]?.medianMs ?? null
}
