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

/** A fold of so many takes seconds, and holds the lock of the rollups for as long. */
const INCREMENTS_PER_FOLD = 100_000
/** Folds before a tick. More would let a flood that is quicker than they are keep ticks from running. */
const MOST_FOLDS = 10

/**
 * Adds what ingest has stored since the last fold to the rollups; of a flood the oldest part. In a transaction it
 * holds the lock of the rollups until the end, so that later reads in the transaction are as of this fold.
 */
export async function foldIncrements(queryable: Queryable): Promise<Fold> {
  const [fold] = await runFold(queryable, false, INCREMENTS_PER_FOLD)
  if (fold === undefined) throw new Error('winrate.rollup_state has no row')
  return fold
}

/** Adds some of it, unless another replica is folding or has just folded, or there is nothing to add. */
export async function foldIncrementsIfDue(queryable: Queryable): Promise<Fold | undefined> {
  const [fold] = await runFold(queryable, true, INCREMENTS_PER_FOLD)
  return fold
}

/**
 * Adds what is more than one fold should take, in parts that are committed one by one. A fold that takes longer
 * than a statement may would fail again and again, and grow.
 */
export async function foldMostIncrements(
  pool: Queryable,
  incrementsPerFold = INCREMENTS_PER_FOLD,
): Promise<void> {
  for (let folds = 0; folds < MOST_FOLDS; folds += 1) {
    if (!(await hasMoreIncrements(pool, incrementsPerFold))) return
    await runFold(pool, false, incrementsPerFold)
  }
}

async function hasMoreIncrements(queryable: Queryable, than: number): Promise<boolean> {
  const { rows } = await queryable.query<{ hasMore: boolean }>({
    name: 'has-more-increments',
    text: 'select exists (select from winrate.rollup_increments offset $1) as "hasMore"',
    values: [than],
  })
  return rows[0]?.hasMore === true
}

async function runFold(
  queryable: Queryable,
  onlyIfDue: boolean,
  maxIncrements: number,
): Promise<readonly Fold[]> {
  const { rows } = await queryable.query<Fold>({
    name: 'fold-increments',
    text: `
      select fold_id::float8 as "foldId", folded::float8, queue_watermark::float8 as "queueWatermark"
      from winrate.fold_increments($1, $2)`,
    values: [onlyIfDue, maxIncrements],
  })
  return rows
}
