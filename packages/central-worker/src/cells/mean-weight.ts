// Whether outcomes are missing: with the inverse propensities of what was reported. Summed over a model's drawn outcomes and
// divided by all drawn outcomes of the task type, they are 1 on average where reporting does not depend on the model.

/** Sums over the drawn outcomes of one model at a task type. */
export interface DrawnWeights {
  /** Of 1 / propensity. */
  readonly weightSum: number
  /** Of its square. */
  readonly weightSquareSum: number
}

export interface MeanWeight {
  readonly mean: number
  readonly standardError: number
}

/** How far a mean weight may be off 1, absolutely or in standard errors. */
const MOST_OFF = 0.05
const MOST_OFF_ERRORS = 3

/** @param outcomes Drawn outcomes of all models at the task type. The error takes them as independent. */
export function meanWeight(
  { weightSum, weightSquareSum }: DrawnWeights,
  outcomes: number,
): MeanWeight {
  const count = Math.max(1, outcomes)
  const mean = weightSum / count
  const variance = Math.max(0, weightSquareSum / count - mean * mean)
  return { mean, standardError: Math.sqrt(variance / count) }
}

/** Whether it is off 1 by more than chance explains. */
export function isWeightOff({ mean, standardError }: MeanWeight): boolean {
  return Math.abs(mean - 1) > Math.max(MOST_OFF, MOST_OFF_ERRORS * standardError)
}
