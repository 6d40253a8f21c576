import {
  type Evidence,
  noEvidence,
  type Posterior,
  posteriorMean,
  withEvidence,
} from './posterior.ts'

/** What a run of recent outcomes says about a model having become worse. */
export interface RecentChange {
  /**
   * How far to count on it, 0 to 1: 0 until a change is likelier than not, 1 when it is certain. Acting on
   * less would drop more good models than it saves failures.
   */
  readonly weight: number
  /** The outcomes since then, if so. */
  readonly since: Evidence
}

/** Probability of a change before any one outcome: 15 % that one of 8 is the first after a change. */
const HAZARD = 0.02
/** What is expected of a changed model before its first outcome: one success in three, worth 1.5 outcomes. */
const CHANGED: Posterior = { alpha: 0.5, beta: 1 }
/** Outcomes that the expectation counts as at most, so that this instance's own ones can move it. */
const EXPECTED_MASS = 50

const noChange: RecentChange = { weight: 0, since: noEvidence }

/**
 * Compares "as expected" with "worse since outcome j, for every j", each by the probability that it gives
 * the rewards (Bayesian change point detection, Adams and MacKay 2007, with one change at most). A
 * model that breaks is avoided after a few failures, long before a win rate could tell, while a few failures
 * of a model that often fails say little.
 *
 * @param rewards Rewards of the latest outcomes, oldest first. Keep them few: each is tried as the first of
 * a change.
 * @param expected What was known of the model.
 */
export function recentChange(rewards: readonly number[], expected: Posterior): RecentChange {
  const expectedLogs = logPredictions(rewards, bounded(expected))
  const expectedMean = posteriorMean(expected)
  let odds = 0
  let mass = 0
  let rewarded = 0
  let logExpected = 0
  for (let from = rewards.length - 1; from >= 0; from -= 1) {
    logExpected += expectedLogs[from] ?? 0
    const since = rewards.slice(from)
    const sum = since.reduce((total, reward) => total + reward, 0)
    if (sum >= since.length * expectedMean) continue
    const logChanged = logPredictions(since, CHANGED).reduce((total, log) => total + log, 0)
    // h·(1 - h)^(outcomes before it), against (1 - h)^(all of them) for no change.
    const presumed = HAZARD / (1 - HAZARD) ** since.length
    const likelihood = presumed * Math.exp(Math.min(logChanged - logExpected, 500))
    odds += likelihood
    mass += likelihood * since.length
    rewarded += likelihood * sum
  }
  const weight = 2 * (odds / (1 + odds)) - 1
  return weight > 0 ? { weight, since: { mass: mass / odds, reward: rewarded / mass } } : noChange
}

/** What is expected of a model that has become worse, given its outcomes since. */
export function changedPosterior({ since }: RecentChange): Posterior {
  return withEvidence(CHANGED, since)
}

function bounded({ alpha, beta }: Posterior): Posterior {
  const share = Math.min(1, EXPECTED_MASS / (alpha + beta))
  return { alpha: alpha * share, beta: beta * share }
}

/** Log of the probability of each reward, given those before it. */
function logPredictions(rewards: readonly number[], { alpha, beta }: Posterior): number[] {
  let wins = alpha
  let losses = beta
  return rewards.map((reward) => {
    const all = Math.log(wins + losses)
    const log = reward * (Math.log(wins) - all) + (1 - reward) * (Math.log(losses) - all)
    wins += reward
    losses += 1 - reward
    return log
  })
}
