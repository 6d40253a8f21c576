// Distributions of posteriors, kept over snapshots and routers: most cells of a snapshot are the same as
// in the last one, or as good as.
import {
  type Posterior,
  type RewardDistribution,
  rewardDistribution,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'

/** 4 kB each. */
const DISTRIBUTIONS_KEPT = 1_000
/** Parameters are rounded to this many steps between powers of two: a thousandth of their size. */
const STEPS = 1_024

const kept = new BoundedMap<string, RewardDistribution>(DISTRIBUTIONS_KEPT)

/** The distribution of a posterior whose parameters are rounded, the same whatever was kept. */
export function distributionOf(posterior: Posterior): RewardDistribution {
  const alpha = rounded(posterior.alpha)
  const beta = rounded(posterior.beta)
  const key = `${alpha} ${beta}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const made = rewardDistribution({ alpha, beta })
  kept.set(key, made)
  return made
}

function rounded(parameter: number): number {
  const step = 2 ** Math.floor(Math.log2(parameter)) / STEPS
  return Math.round(parameter / step) * step
}
