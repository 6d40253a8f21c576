export interface ConfidenceParameters {
  /** Steepness of the sigmoid, per sample. */
  readonly slope: number
  /** Samples at which the sigmoid is one half. */
  readonly midpoint: number
  /** Samples from which the sigmoid counts. */
  readonly floor: number
}

export const defaultConfidence: ConfidenceParameters = { slope: 0.01, midpoint: 50, floor: 5 }

const BELOW_FLOOR_PER_SAMPLE = 0.04

/**
 * How far a win rate of `samples` outcomes is to be trusted, 0 to 1:
 * `1 / (1 + e^(-slope (samples - midpoint)))` from `floor` samples on, `0.04 samples` below, so that
 * fewer than 5 samples stay under the threshold of 0.2 and 5 are above it.
 */
export function confidence(
  samples: number,
  { slope, midpoint, floor }: ConfidenceParameters = defaultConfidence,
): number {
  if (samples < floor) return Math.min(1, BELOW_FLOOR_PER_SAMPLE * Math.max(0, samples))
  return 1 / (1 + Math.exp(-slope * (samples - midpoint)))
}
