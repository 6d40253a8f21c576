import type { Posterior } from './posterior.ts'

/** Cells that rewards from 0 to 1 are divided into: chances are exact to about 1 / 512 of reward. */
export const REWARD_CELLS = 512

/**
 * A distribution of a mean reward: the probability of lying in the cells up to each one. Ends in 1.
 */
export type RewardDistribution = Float64Array

const WIDTH = 1 / REWARD_CELLS
const logReward = new Float64Array(REWARD_CELLS)
const logLack = new Float64Array(REWARD_CELLS)
for (let cell = 0; cell < REWARD_CELLS; cell += 1) {
  logReward[cell] = Math.log((cell + 0.5) * WIDTH)
  logLack[cell] = Math.log(1 - (cell + 0.5) * WIDTH)
}

/** Cells further from the mean than so many standard deviations are left out as negligible. */
const REACH = 9
/** The longer tail of a skewed posterior reaches further: e^-25 of it is left out. */
const REACH_OUTCOMES = 25

/**
 * The distribution of a Beta posterior, by the density in the middle of each cell; in an outermost
 * cell where the density has no bound, by its integral.
 */
export function rewardDistribution({ alpha, beta }: Posterior): RewardDistribution {
  const mean = alpha / (alpha + beta)
  const deviation = Math.sqrt((mean * (1 - mean)) / (alpha + beta + 1))
  const reach = REACH * deviation + REACH_OUTCOMES / (alpha + beta)
  const first = clampCell(Math.floor((mean - reach) * REWARD_CELLS))
  const last = clampCell(Math.ceil((mean + reach) * REWARD_CELLS))
  const upTo = new Float64Array(REWARD_CELLS)
  let highest = Number.NEGATIVE_INFINITY
  for (let cell = first; cell <= last; cell += 1) {
    const log =
      (cell === 0 && alpha < 1 ? edge(alpha) : (alpha - 1) * (logReward[cell] ?? 0)) +
      (cell === REWARD_CELLS - 1 && beta < 1 ? edge(beta) : (beta - 1) * (logLack[cell] ?? 0))
    upTo[cell] = log
    if (log > highest) highest = log
  }
  let total = 0
  for (let cell = first; cell <= last; cell += 1) {
    total += Math.exp((upTo[cell] ?? 0) - highest)
    upTo[cell] = total
  }
  for (let cell = first; cell <= last; cell += 1) upTo[cell] = (upTo[cell] ?? 0) / total
  return upTo.fill(1, last + 1)
}

/** `(1 - share)` of one distribution and `share` of another. */
export function mixDistributions(
  one: RewardDistribution,
  other: RewardDistribution,
  share: number,
): RewardDistribution {
  return one.map((upTo, cell) => (1 - share) * upTo + share * (other[cell] ?? 1))
}

/** The distribution of a share, 0 to 1, of what is distributed so. */
export function scaledDistribution(
  distribution: RewardDistribution,
  share: number,
): RewardDistribution {
  if (share === 1) return distribution
  return distribution.map((_, cell) => {
    // Cells are evenly filled: the sum up to any place in one lies between those up to its ends.
    const end = (cell + 1) / share
    if (end >= REWARD_CELLS) return 1
    const whole = Math.floor(end)
    const before = whole === 0 ? 0 : (distribution[whole - 1] ?? 1)
    return before + (end - whole) * ((distribution[whole] ?? 1) - before)
  })
}

/** The distribution of what is distributed so less a constant; what would be below 0 is 0. */
export function loweredDistribution(
  distribution: RewardDistribution,
  by: number,
): RewardDistribution {
  const cells = Math.round(by * REWARD_CELLS)
  return cells === 0 ? distribution : distribution.map((_, cell) => distribution[cell + cells] ?? 1)
}

/** Log of the mean of x^(a - 1) over the outermost cell: its integral is width^a / a. */
function edge(parameter: number): number {
  return (parameter - 1) * Math.log(WIDTH) - Math.log(parameter)
}

function clampCell(cell: number): number {
  return Math.min(REWARD_CELLS - 1, Math.max(0, cell))
}

// Distributions of posteriors, kept over snapshots and routers, because most cells of a snapshot are unchanged.

/** 4 kB each; twice as many at most. */
const KEPT = 1_000
/** Parameters are rounded to this many steps between powers of two: a thousandth of their size. */
const STEPS = 1_024

const distributions = createMemo()
const mixes = createMemo()

/** The distribution of a posterior whose parameters are rounded, whether or not it is kept already. */
export function distributionOf(posterior: Posterior): RewardDistribution {
  const { alpha, beta } = rounded(posterior)
  return distributions(`${alpha} ${beta}`, () => rewardDistribution({ alpha, beta }))
}

/** `1 - share` of one posterior's distribution and `share` of another's, all rounded. */
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

/** Keeps the latest results in two generations, and drops the older one whole. */
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
