import { REWARD_CELLS, type RewardDistribution } from './reward-distribution.ts'

/** Somebody who may be the best: by a reward that is not known exactly, and an offset that is. */
export interface Contender {
  readonly reward: RewardDistribution
  /** Added to the reward: what cost and speed are worth. Rounded to 1 / 512. */
  readonly offset: number
}

/** What is less likely than this is left out: it is as good as impossible. */
const NEGLIGIBLE = 1e-9

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
  const middles = new Float64Array(placed.length)
  const masses = new Float64Array(placed.length)
  const top =
    placed.reduce((most, { shift }) => Math.max(most, shift), -Infinity) + REWARD_CELLS - 1
  let total = 0
  for (let cell = top; cell > top - 2 * REWARD_CELLS; cell -= 1) {
    let product = 1
    for (let at = 0; at < placed.length; at += 1) {
      const { reward, shift } = placed[at] ?? nobody
      const upTo = probabilityUpTo(reward, cell - shift)
      const below = probabilityUpTo(reward, cell - shift - 1)
      const middle = (upTo + below) / 2
      middles[at] = middle
      masses[at] = upTo - below
      product *= middle
    }
    // The product only falls from here on downwards.
    if (product < NEGLIGIBLE) break
    for (let at = 0; at < placed.length; at += 1) {
      const mass = masses[at] ?? 0
      if (mass === 0) continue
      const { index } = placed[at] ?? nobody
      const chance = (mass * product) / (middles[at] ?? 1)
      chances[index] = (chances[index] ?? 0) + chance
      total += chance
    }
  }
  return chances.map((chance) => chance / total)
}

const nobody: Placed = { index: 0, reward: new Float64Array(REWARD_CELLS).fill(1), shift: 0 }

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

function probabilityUpTo(reward: RewardDistribution, cell: number): number {
  return cell < 0 ? 0 : cell >= REWARD_CELLS ? 1 : (reward[cell] ?? 1)
}
