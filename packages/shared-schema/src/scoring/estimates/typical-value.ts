/** Costs or times of some calls, added up. */
export interface ValueSums {
  readonly count: number
  readonly sum: number
  /** Their fourth roots, added up. */
  readonly rootSum: number
}

/** Fewer values say nothing of more calls: anybody may report one call that cost nothing. */
const LEAST_VALUES = 5

export function fourthRoot(value: number): number {
  return Math.sqrt(Math.sqrt(value))
}

/**
 * What a call typically costs or takes: the power mean with exponent 1/4 over all calls but the greatest, which
 * is taken to be as great as the sums allow. Exact where all calls are equal, and where all but one are; so one wrong
 * value hardly moves it, whatever that is. A tail of many great values does. Undefined where fewer than five of `calls`
 * calls, and not all of them, reported a value.
 */
export function typicalValue(
  { count, sum, rootSum }: ValueSums,
  calls = Number.POSITIVE_INFINITY,
): number | undefined {
  if (!(count > 0) || count < Math.min(LEAST_VALUES, calls)) return undefined
  const mean = Math.max(0, sum / count)
  if (count <= 1) return mean
  const greatest = Math.max(0, sum - (count - 1) * (rootSum / count) ** 4)
  const others = Math.max(0, rootSum - fourthRoot(greatest)) / (count - 1)
  return Math.min(mean, others ** 4)
}
