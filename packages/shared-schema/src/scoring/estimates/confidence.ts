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
/** The threshold rule's limit: with too few samples a win rate never counts as learned. */
const BELOW_FLOOR_MOST = 0.2

/**
 * How far a win rate of `samples` outcomes is to be trusted, 0 to 1:
 * `1 / (1 + e^(-slope (samples - midpoint)))` from `floor` samples on, `0.04 samples` and at most 0.2
 * below, so that fewer than 5 samples stay under the threshold of 0.2 and 5 are above it.
 */
export function confidence(
  samples: number,
  { slope, midpoint, floor }: ConfidenceParameters = defaultConfidence,
): number {
  if (samples < floor) {
    return Math.min(BELOW_FLOOR_MOST, BELOW_FLOOR_PER_SAMPLE * Math.max(0, samples))
  }
  return 1 / (1 + Math.exp(-slope * (samples - midpoint)))
}
