/** A mean over independent runs, with an interval that contains the true mean in 95 % of cases. */
export interface MeanInterval {
  readonly mean: number
  /** With a single run, which says nothing about the spread, both ends equal the mean. */
  readonly ci: readonly [low: number, high: number]
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
]
const NORMAL_QUANTILE = 1.96

/** The mean with Student's interval; NaN without values. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { mean, ci: [mean, mean] }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = quantile(count - 1) * Math.sqrt(squares / (count - 1) / count)
  return { mean, ci: [mean - half, mean + half] }
}

/** Above 30 degrees of freedom, uses the first terms of Fisher's expansion, exact to 0.001. */
function quantile(freedom: number): number {
  const z = NORMAL_QUANTILE
  return quantiles[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom)
}

/** The mean of the lowest tenth of the values, of one at least. */
export function worstTenth(values: readonly number[]): number {
  const lowest = values.toSorted((one, other) => one - other)
  return meanInterval(lowest.slice(0, Math.max(1, Math.round(values.length / 10)))).mean
}
