// The weights of a policy's decisions, its chance of each choice divided by that which drew it, are 1 on average where every
// choice could have been drawn and reported.

export interface MeanWeight {
  readonly mean: number
  readonly standardError: number
}

/** How far a mean weight may be off 1, absolutely or in standard errors. */
const MOST_OFF = 0.05
const MOST_OFF_ERRORS = 3

/** Whether it is off 1 by more than chance explains. */
export function isWeightOff({ mean, standardError }: MeanWeight): boolean {
  return Math.abs(mean - 1) > Math.max(MOST_OFF, MOST_OFF_ERRORS * standardError)
}
