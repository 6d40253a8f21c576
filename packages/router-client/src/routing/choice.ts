import type { Policy } from '@winrate/shared-schema/contracts'

export interface Choice {
  /** Place in the ranking, 0 for the best. */
  readonly at: number
  /** Probability with which this choice was made, exactly. */
  readonly propensity: number
}

export interface ChoiceInput {
  /** Number of allowed candidates, at least 1. */
  readonly candidates: number
  /** Share of decisions given to a uniformly drawn candidate, 0 to 1. */
  readonly exploration: number
  /** Uniform in [0, 1). */
  readonly draw: number
}

/**
 * The best candidate, but with probability `exploration` one that is drawn uniformly from all. So the
 * best has propensity `1 - exploration + exploration / k`, each other `exploration / k`.
 */
export function chooseByThreshold({ candidates, exploration, draw }: ChoiceInput): Choice {
  const share = exploration / candidates
  // One draw serves twice: below `exploration` it is uniform there, and so tells the candidate too.
  const drawn = draw < exploration ? Math.floor((draw / exploration) * candidates) : 0
  const at = Math.min(drawn, candidates - 1)
  const propensity = candidates === 1 ? 1 : at === 0 ? 1 - exploration + share : share
  return { at, propensity }
}

/** A smaller share is none: its propensities would be too small to weigh outcomes by. */
const LEAST_SHARE = 1e-9

/** The share that a policy explores with; a policy of a kind not known here does not explore. */
export function explorationOf(policy: Policy | undefined): number {
  if (policy?.kind !== 'threshold' || !('exploration' in policy)) return 0
  const { exploration } = policy
  return typeof exploration === 'number' && exploration >= LEAST_SHARE
    ? Math.min(1, exploration)
    : 0
}
