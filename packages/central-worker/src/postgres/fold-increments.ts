import type { Queryable } from './queryable.ts'

/** What the rollups are as of. */
export interface Fold {
  /** Grows by one with each fold that added something. */
  readonly foldId: number
  /** Rollups that it has added to. */
  readonly folded: number
  /** Nothing of this queue message or a later one is in the rollups: see winrate.queue_watermark. */
  readonly queueWatermark: number
}

/**
 * Adds what ingest has stored since the last fold to the rollups. In a transaction it holds the lock of
 * the rollups until the end, so that later reads in the transaction are as of this fold.
 */
export async function foldIncrements(queryable: Queryable): Promise<Fold> {
  const [fold] = await runFold(queryable, false)
  if (fold === undefined) throw new Error('winrate.rollup_state has no row')
  return fold
}

/** The same, unless another replica is folding or has just folded, or there is nothing to add. */
export async function foldIncrementsIfDue(queryable: Queryable): Promise<Fold | undefined> {
  const [fold] = await runFold(queryable, true)
  return fold
}

async function runFold(queryable: Queryable, onlyIfDue: boolean): Promise<readonly Fold[]> {
  const { rows } = await queryable.query<Fold>({
    name: 'fold-increments',
    text: `
      select fold_id::float8 as "foldId", folded::float8, queue_watermark::float8 as "queueWatermark"
      from winrate.fold_increments($1)`,
    values: [onlyIfDue],
  })
  return rows
}
