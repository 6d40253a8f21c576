import type { Evidence, Posterior } from './posterior.ts'

/** What a run of recent outcomes says about a model having changed. */
export interface RecentChange {
  /** Probability that its rate is another now, 0 to 1. */
  readonly chance: number
  /** The outcomes since then, if so. */
  readonly since: Evidence
}

/** Probability of a change before any one outcome. */
const HAZARD = 0.02
/** Before a changed model was seen, anything is possible (Jeffreys' prior). */
const CHANGED = 0.5
/** What is expected of the model bends to this instance's own outcomes after so many of them. */
const EXPECTED_MASS = 50

/**
 * Compares "as expected" with "changed before outcome j, for every j", each by the probability that it
 * gives the rewards (Bayesian change point detection, Adams and MacKay 2007, with one change at most).
 * So a model that breaks is left after a few failures, long before counts could tell, while the failures
 * of a model that is known to fail often say little.
 *
 * @param rewards Rewards of recent outcomes, oldest first.
 * @param expected What was known of the model.
 */
export function recentChange(rewards: readonly number[], expected: Posterior): RecentChange {
  const expectedLogs = logPredictions(rewards, 0, bounded(expected))
  let odds = 0
  let mass = 0
  let rewarded = 0
  let laterExpected = 0
  for (let from = rewards.length - 1; from >= 0; from -= 1) {
    laterExpected += expectedLogs[from] ?? 0
    const changedLogs = logPredictions(rewards, from, { alpha: CHANGED, beta: CHANGED })
    const log = changedLogs.reduce((sum, value) => sum + value, 0) - laterExpected
    const weight = HAZARD * Math.exp(Math.min(log, 500))
    odds += weight
    mass += weight * (rewards.length - from)
    for (let at = from; at < rewards.length; at += 1) rewarded += weight * (rewards[at] ?? 0)
  }
  if (odds === 0) return { chance: 0, since: { mass: 0, reward: 0 } }
  return { chance: odds / (1 + odds), since: { mass: mass / odds, reward: rewarded / mass } }
}

function bounded({ alpha, beta }: Posterior): Posterior {
  const share = Math.min(1, EXPECTED_MASS / (alpha + beta))
  return { alpha: alpha * share, beta: beta * share }
}

/** Log of the probability of each reward from `from` on, given those before it. */
function logPredictions(
  rewards: readonly number[],
  from: number,
  { alpha, beta }: Posterior,
): number[] {
  let wins = alpha
  let losses = beta
  const logs: number[] = []
  for (let at = from; at < rewards.length; at += 1) {
    const reward = rewards[at] ?? 0
    const all = Math.log(wins + losses)
    logs.push(reward * (Math.log(wins) - all) + (1 - reward) * (Math.log(losses) - all))
    wins += reward
    losses += 1 - reward
  }
  return logs
}
