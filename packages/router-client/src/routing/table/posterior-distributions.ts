// Distributions of posteriors, kept over snapshots and routers: most cells of a snapshot are the same as
// in the last one, or as good as.
import {
  mixDistributions,
  type Posterior,
  type RewardDistribution,
  rewardDistribution,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'

/** 4 kB each. */
const DISTRIBUTIONS_KEPT = 1_000
/** Parameters are rounded to this many steps between powers of two: a thousandth of their size. */
const STEPS = 1_024

/** More than the steps below the smallest number there is. */
const STEPS_BELOW_ONE = 2 ** 21

const kept = new BoundedMap<number, RewardDistribution>(DISTRIBUTIONS_KEPT)
const keptMixes = new BoundedMap<string, RewardDistribution>(DISTRIBUTIONS_KEPT)

/** The distribution of a posterior whose parameters are rounded, the same whatever was kept. */
export function distributionOf(posterior: Posterior): RewardDistribution {
  const key = keyOf(posterior)
  const known = kept.get(key)
  if (known !== undefined) return known
  const { alpha, beta } = posterior
  const made = rewardDistribution({ alpha: rounded(alpha), beta: rounded(beta) })
  kept.set(key, made)
  return made
}

/** `1 - share` of one posterior's distribution and `share` of another's, rounded as these are. */
export function mixedDistributionOf(
  one: Posterior,
  other: Posterior,
  share: number,
): RewardDistribution {
  const steps = Math.round(share * STEPS)
  const key = `${keyOf(one)} ${keyOf(other)} ${steps}`
  const known = keptMixes.get(key)
  if (known !== undefined) return known
  const made = mixDistributions(distributionOf(one), distributionOf(other), steps / STEPS)
  keptMixes.set(key, made)
  return made
}

function keyOf({ alpha, beta }: Posterior): number {
  return stepOf(alpha) * 2 * STEPS_BELOW_ONE + stepOf(beta)
}

/** The number of a rounded parameter among all that there are. */
function stepOf(parameter: number): number {
  const power = Math.floor(Math.log2(parameter))
  return (power - 1) * STEPS + Math.round(parameter / (2 ** power / STEPS)) + STEPS_BELOW_ONE
}

function rounded(parameter: number): number {
  const step = 2 ** Math.floor(Math.log2(parameter)) / STEPS
  return Math.round(parameter / step) * step
}
