// How much the work of instances really differs. By medians, so that a few instances of another kind do not make it.

export interface NoisyEffect {
  /** In logits. */
  readonly effect: number
  /** Its variance by chance. */
  readonly noise: number
}

/** Of a chi-square distribution with one degree of freedom. */
const MEDIAN_OF_SQUARES = 0.455

/** The variance of the effects that chance does not explain. */
export function varianceOf(effects: readonly NoisyEffect[]): number {
  const middle = medianOf(effects.map(({ effect }) => effect))
  const spread = (variance: number) =>
    medianOf(effects.map(({ effect, noise }) => (effect - middle) ** 2 / (noise + variance)))
  if (spread(0) <= MEDIAN_OF_SQUARES) return 0
  let low = 0
  let high = 16
  for (let step = 0; step < 20; step += 1) {
    const between = (low + high) / 2
    if (spread(between) > MEDIAN_OF_SQUARES) low = between
    else high = between
  }
  return low
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0
}
