// Sums over logged decisions that every estimator can be worked out from, whatever the policy that is
// asked about: its probabilities are constant within a cell, so they factor out of the sums. With u for
// 1 / propensity and y for what was measured.

/** Sums over the decisions of which y is known. */
export interface Moments {
  readonly count: number
  readonly u: number
  readonly uu: number
  readonly y: number
  readonly yy: number
  readonly uy: number
  readonly uyy: number
  readonly uuy: number
  readonly uuyy: number
}

export const noMoments: Moments = {
  count: 0,
  u: 0,
  uu: 0,
  y: 0,
  yy: 0,
  uy: 0,
  uyy: 0,
  uuy: 0,
  uuyy: 0,
}

export function addMoments(one: Moments, other: Moments): Moments {
  return {
    count: one.count + other.count,
    u: one.u + other.u,
    uu: one.uu + other.uu,
    y: one.y + other.y,
    yy: one.yy + other.yy,
    uy: one.uy + other.uy,
    uyy: one.uyy + other.uyy,
    uuy: one.uuy + other.uuy,
    uuyy: one.uuyy + other.uuyy,
  }
}

/**
 * What one decision adds to an estimate: `base`, and where y is known `u·(1 / propensity)
 * + uy·(y / propensity) + y·y`.
 */
export interface Score {
  readonly base: number
  readonly u: number
  readonly uy: number
  readonly y: number
}

/** Sum of the scores of `decisions`, without the base: what is known adds. */
export function sumOfKnown({ u, uy, y }: Score, moments: Moments): number {
  return u * moments.u + uy * moments.uy + y * moments.y
}

/** Sum of the scores of `decisions`, of which `moments` has those where y is known. */
export function sumOfScores(score: Score, decisions: number, moments: Moments): number {
  return score.base * decisions + sumOfKnown(score, moments)
}

/** Sum of the squared scores. */
export function sumOfSquares(score: Score, decisions: number, moments: Moments): number {
  const { base, u, uy, y } = score
  const squaresOfKnown =
    u * u * moments.uu +
    uy * uy * moments.uuyy +
    y * y * moments.yy +
    2 * (u * uy * moments.uuy + u * y * moments.uy + uy * y * moments.uyy)
  return base * base * decisions + 2 * base * sumOfKnown(score, moments) + squaresOfKnown
}
