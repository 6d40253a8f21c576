import { REWARD_CELLS, type RewardDistribution } from './reward-distribution.ts'

/** Somebody who may be the best: by a reward that is not known exactly, and an offset that is. */
export interface Contender {
  readonly reward: RewardDistribution
  /** Added to the reward: what cost and speed are worth. Rounded to 1 / 512; between ±4 million. */
  readonly offset: number
}

/** What is less likely than this is left out: it is as good as impossible. */
const NEGLIGIBLE = 1e-9
/** Floating-point numbers far below it lose their digits. */
const LEAST_TOTAL = 1e-290

/** A contender with its place among the others: its cells begin at `shift`. */
interface Placed {
  readonly index: number
  readonly reward: RewardDistribution
  readonly shift: number
}

/**
 * The probability of each contender to have the greatest sum of reward and offset; they add up to 1.
 * Choosing by these probabilities is Thompson sampling (Thompson 1933): the same distribution as drawing
 * from every posterior and taking the greatest, but known exactly and worked out once, not at every
 * decision.
 *
 * P(i) = Σ over cells of P(i in the cell) · Π over the others of P(below the middle of the cell).
 */
export function chancesOfBeingBest(contenders: readonly Contender[]): Float64Array {
  const chances = new Float64Array(contenders.length)
  const placed = withoutHopeless(
    contenders.map(({ reward, offset }, index) => ({
      index,
      reward,
      shift: Math.round(offset * REWARD_CELLS),
    })),
  )
  const rewards = placed.map(({ reward }) => reward)
  const shifts = Int32Array.from(placed, ({ shift }) => shift)
  const sums = new Float64Array(placed.length)
  // Of each contender: the probability up to the cell, and of it half of what lies in the cell itself.
  const upTo = new Float64Array(placed.length).fill(1)
  const half = new Float64Array(placed.length)
  const middle = new Float64Array(placed.length)
  const top = placed.reduce(
    (most, one) => Math.max(most, one.shift + lastCell(one.reward)),
    -Infinity,
  )
  let total = 0
  for (let cell = top; cell > top - 2 * REWARD_CELLS; cell -= 1) {
    let product = 1
    for (let at = 0; at < rewards.length; at += 1) {
      const below = probabilityUpTo(rewards[at] ?? never, cell - (shifts[at] ?? 0) - 1)
      const halfMass = ((upTo[at] ?? 0) - below) / 2
      half[at] = halfMass
      upTo[at] = below
      middle[at] = below + halfMass
      product *= below + halfMass
    }
    // The product only falls from here on downwards; where many are tied it is small from the start.
    if (product < NEGLIGIBLE * total) break
    for (let at = 0; at < rewards.length; at += 1) {
      const halfMass = half[at] ?? 0
      if (halfMass === 0) continue
      const chance = (halfMass / (middle[at] ?? 1)) * product
      sums[at] = (sums[at] ?? 0) + chance
      total += chance
    }
  }
  // So many are tied that their product is no number any more.
  const tied = total < LEAST_TOTAL
  for (const [at, { index }] of placed.entries()) {
    chances[index] = tied ? 1 / placed.length : (sums[at] ?? 0) / total
  }
  return chances
}

const never: RewardDistribution = new Float64Array(REWARD_CELLS)

/** Leaves out whoever lies below what somebody else lies above, both as good as certainly. */
function withoutHopeless(placed: readonly Placed[]): readonly Placed[] {
  const floor = placed.reduce(
    (highest, { reward, shift }) => Math.max(highest, shift + firstCell(reward)),
    -Infinity,
  )
  return placed.filter(
    ({ reward, shift }) => probabilityUpTo(reward, floor - shift - 1) < 1 - NEGLIGIBLE,
  )
}

/** The first cell that is not negligible. */
function firstCell(reward: RewardDistribution): number {
  let low = 0
  let high = REWARD_CELLS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((reward[middle] ?? 1) < NEGLIGIBLE) low = middle + 1
    else high = middle
  }
  return low
}

/** The last cell that is not negligible. */
function lastCell(reward: RewardDistribution): number {
  let low = 0
  let high = REWARD_CELLS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (1 - (reward[middle] ?? 1) < NEGLIGIBLE) high = middle
    else low = middle + 1
  }
  return low
}

function probabilityUpTo(reward: RewardDistribution, cell: number): number {
  return cell < 0 ? 0 : cell >= REWARD_CELLS ? 1 : (reward[cell] ?? 1)
}
