// Distributions of posteriors, kept over snapshots and routers, because most cells of a snapshot are unchanged.
import type { Posterior } from './posterior.ts'
import {
  mixDistributions,
  type RewardDistribution,
  rewardDistribution,
} from './reward-distribution.ts'

/** 4 kB each; twice as many at most. */
const KEPT = 1_000
/** Parameters are rounded to this many steps between powers of two: a thousandth of their size. */
const STEPS = 1_024

const distributions = createMemo()
const mixes = createMemo()

/** The distribution of a posterior whose parameters are rounded, the same whatever was kept. */
export function distributionOf(posterior: Posterior): RewardDistribution {
  const { alpha, beta } = rounded(posterior)
  return distributions(`${alpha} ${beta}`, () => rewardDistribution({ alpha, beta }))
}

/** `1 - share` of one posterior's distribution and `share` of another's, rounded as these are. */
export function mixedDistributionOf(
  one: Posterior,
  other: Posterior,
  share: number,
): RewardDistribution {
  const steps = Math.round(share * STEPS)
  const from = rounded(one)
  const to = rounded(other)
  return mixes(`${from.alpha} ${from.beta} ${to.alpha} ${to.beta} ${steps}`, () =>
    mixDistributions(distributionOf(from), distributionOf(to), steps / STEPS),
  )
}

/** Keeps the latest results, in two generations: the older one is dropped whole. */
function createMemo() {
  let young = new Map<string, RewardDistribution>()
  let old = young
  return (key: string, make: () => RewardDistribution): RewardDistribution => {
    const kept = young.get(key)
    if (kept !== undefined) return kept
    const made = old.get(key) ?? make()
    if (young.size >= KEPT) {
      old = young
      young = new Map()
    }
    young.set(key, made)
    return made
  }
}

function rounded({ alpha, beta }: Posterior): Posterior {
  return { alpha: roundParameter(alpha), beta: roundParameter(beta) }
}

function roundParameter(parameter: number): number {
  const step = 2 ** Math.floor(Math.log2(parameter)) / STEPS
  return Math.round(parameter / step) * step
}
