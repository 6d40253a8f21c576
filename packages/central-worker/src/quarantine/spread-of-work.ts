// How much the work of instances really differs. By medians, so that a few instances of another kind do not make it.

export interface NoisyEffect {
  /** In logits. */
  readonly effect: number
  /** Its variance by chance. */
  readonly noise: number
}

/** Of a chi-square distribution with one degree of freedom. */
const MEDIAN_OF_SQUARES = 0.455

/** The standard error of the median of one such square; that of the median of n is smaller by the root of n. */
const ERROR_OF_MEDIAN = 1.06
/** So many standard errors are more than chance. */
const CLEAR = 3

/** The variance of the effects that chance does not explain, and whether it is clear that there is any. */
export function varianceOf(effects: readonly NoisyEffect[]): {
  variance: number
  isClear: boolean
} {
  const middle = medianOf(effects.map(({ effect }) => effect))
  const spread = (variance: number) =>
    medianOf(effects.map(({ effect, noise }) => (effect - middle) ** 2 / (noise + variance)))
  const unexplained = spread(0)
  if (unexplained <= MEDIAN_OF_SQUARES) return { variance: 0, isClear: false }
  let low = 0
  let high = 16
  for (let step = 0; step < 20; step += 1) {
    const between = (low + high) / 2
    if (spread(between) > MEDIAN_OF_SQUARES) low = between
    else high = between
  }
  const error = ERROR_OF_MEDIAN / Math.sqrt(effects.length)
  return { variance: low, isClear: unexplained > MEDIAN_OF_SQUARES + CLEAR * error }
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0
}
