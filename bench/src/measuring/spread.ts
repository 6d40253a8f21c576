/** The results of repeated measurements. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The median of the values (for an even number, the mean of the two middle ones) and their range. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  const least = sorted[0]
  const most = sorted.at(-1)
  if (upper === undefined || lower === undefined || least === undefined || most === undefined) {
    throw new Error('nothing was measured')
  }
  return { median: (lower + upper) / 2, least, most }
}

/** The value below which the given share of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}
