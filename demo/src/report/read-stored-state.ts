import type pg from 'pg'
import { z } from 'zod'

/** What the database says of a run. */
export interface StoredState {
  readonly stored: number
  readonly rejected: number
  /** Messages that are still in the queue. */
  readonly queued: number
  /** Snapshots published. */
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
 * Median time from when an outcome was recorded to when the first snapshot that contains it was made;
 * null when none is contained yet. Snapshots count outcomes in the order in which they were stored,
 * so the n-th stored one is in the first snapshot of at least n samples.
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
