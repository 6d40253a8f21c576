import { difficultyShares, MOST_DEPENDENCE, ratesByDifficulty } from './difficulty.ts'

/** The dependence of a task type of which nothing is learned yet: the usual one of published outcomes (1.8 to 2.8). */
export const DEFAULT_DEPENDENCE = 2.3

/**
 * What a model does at requests that others failed at:
 * `E[p(z) · Π (1 - p_f(z))] / E[Π (1 - p_f(z))]`. At most its plain rate, the less the greater the dependence.
 *
 * @param failedRates The plain rates of the models that failed, in any order.
 * @param rate Its plain rate, 0 to 1.
 */
export function conditionalRate(
  failedRates: readonly number[],
  rate: number,
  dependence: number,
): number {
  const s = Math.min(MOST_DEPENDENCE, Math.max(0, dependence))
  if (s === 0 || failedRates.length === 0) return rate
  const { success } = ratesByDifficulty(rate, s)
  const failures = failedRates.map((failed) => ratesByDifficulty(failed, s).failure)
  let reached = 0
  let succeeded = 0
  for (let at = 0; at < difficultyShares.length; at += 1) {
    let left = difficultyShares[at] ?? 0
    for (const failure of failures) left *= failure[at] ?? 0
    reached += left
    succeeded += left * (success[at] ?? 0)
  }
  return succeeded / reached
}

/** How often a model succeeded at what others failed at. */
export interface EscalatedResults {
  /** Its plain rate. */
  readonly rate: number
  /** The plain rates of those that failed before it. */
  readonly failedRates: readonly number[]
  /** Need not be whole. */
  readonly successes: number
  readonly failures: number
}

/** The log likelihood of a dependence, up to a constant. Finite, whatever happened. */
export function dependenceLogLikelihood(
  results: readonly EscalatedResults[],
  dependence: number,
): number {
  let sum = 0
  for (const { rate, failedRates, successes, failures } of results) {
    const expected = conditionalRate(failedRates, rate, dependence)
    const bounded = Math.min(1 - LEAST_CHANCE, Math.max(LEAST_CHANCE, expected))
    sum += successes * Math.log(bounded) + failures * Math.log1p(-bounded)
  }
  return sum
}

/** What happened in spite of a rate of 0 or 1 has this chance. */
const LEAST_CHANCE = 1e-6
