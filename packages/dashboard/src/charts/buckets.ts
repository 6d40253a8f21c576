// Buckets of time as the API has them, made longer until each says something.

export interface BucketSums {
  readonly samples: readonly number[]
  readonly successes: readonly number[]
}

/** Fewer outcomes than this tell no rate. */
export const LEAST_OUTCOMES = 20

/** Buckets that a chart has at least. */
const LEAST_BUCKETS = 12

/** How many buckets at the start to leave out: a young deployment has nothing in them. */
export function emptyStart(lists: readonly (readonly (number | null)[])[]): number {
  const buckets = lists[0]?.length ?? 0
  const first = Array.from({ length: buckets }, (_, at) => at).find((at) =>
    lists.some((list) => (list[at] ?? 0) !== 0),
  )
  return Math.max(0, Math.min((first ?? 0) - 1, buckets - LEAST_BUCKETS))
}

/** Every `length` buckets as one. */
export function mergeCounts(counts: readonly number[], length: number): number[] {
  const merged: number[] = []
  for (let at = 0; at < counts.length; at += length) {
    merged.push(counts.slice(at, at + length).reduce((sum, count) => sum + count, 0))
  }
  return merged
}

/** How many buckets to take together so that about so many are left. */
export function mergeLength(buckets: number, wanted: number): number {
  return Math.max(1, Math.ceil(buckets / wanted))
}

/** The share of successes in each bucket; null where there are too few outcomes to tell. */
export function ratesOf({ samples, successes }: BucketSums): (number | null)[] {
  return samples.map((count, at) => (count < LEAST_OUTCOMES ? null : (successes[at] ?? 0) / count))
}

export type Band = readonly [low: number, high: number]

/** The 95 % quantile of the normal distribution, two-sided. */
const Z = 1.96

/** Where the rate of each bucket may be: Wilson's 95 % interval; null where there are too few outcomes to tell. */
export function bandsOf({ samples, successes }: BucketSums): (Band | null)[] {
  return samples.map((count, at) => {
    if (count < LEAST_OUTCOMES) return null
    const rate = (successes[at] ?? 0) / count
    const middle = (rate + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count)
    const half =
      (Z * Math.sqrt((rate * (1 - rate)) / count + (Z / (2 * count)) ** 2)) / (1 + Z ** 2 / count)
    return [Math.max(0, middle - half), Math.min(1, middle + half)]
  })
}

/** Each list as shares of the sum at its place; 0 where there is nothing. */
export function sharesOf(lists: readonly (readonly number[])[]): number[][] {
  const buckets = lists[0]?.length ?? 0
  const totals = Array.from({ length: buckets }, (_, at) =>
    lists.reduce((sum, list) => sum + (list[at] ?? 0), 0),
  )
  return lists.map((list) =>
    list.map((count, at) => (totals[at] === 0 ? 0 : count / (totals[at] ?? 1))),
  )
}
