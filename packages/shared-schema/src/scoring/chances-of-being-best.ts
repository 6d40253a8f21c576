import { REWARD_CELLS, type RewardDistribution } from './reward-distribution.ts'

/** Somebody who may be the best: by a reward that is not known exactly, and an offset that is. */
export interface Contender {
  readonly reward: RewardDistribution
  /** Added to the reward: what cost and speed are worth. Rounded to 1 / 512. */
  readonly offset: number
}

/** What is less likely than this is left out. */
const NEGLIGIBLE = 1e-12

/**
 * The probability of each contender to have the greatest sum of reward and offset; they add up to 1.
 * Choosing by these probabilities is Thompson sampling (Thompson 1933): the same distribution as drawing
 * from every posterior and taking the greatest, but known exactly and worked out once, not at every
 * decision.
 *
 * P(i) = Σ over cells of P(i in the cell) · Π over the others of P(below the middle of the cell).
 */
export function chancesOfBeingBest(contenders: readonly Contender[]): Float64Array {
  const count = contenders.length
  const chances = new Float64Array(count)
  const shifts = contenders.map(({ offset }) => Math.round(offset * REWARD_CELLS))
  const top = shifts.reduce((most, shift) => Math.max(most, shift)) + REWARD_CELLS - 1
  const middles = new Float64Array(count)
  const masses = new Float64Array(count)
  let total = 0
  for (let cell = top; cell > top - 2 * REWARD_CELLS; cell -= 1) {
    let product = 1
    for (let i = 0; i < count; i += 1) {
      const at = cell - (shifts[i] ?? 0)
      const reward = contenders[i]?.reward
      const upTo = at < 0 ? 0 : at >= REWARD_CELLS ? 1 : (reward?.[at] ?? 0)
      const below = at <= 0 ? 0 : at > REWARD_CELLS ? 1 : (reward?.[at - 1] ?? 0)
      const middle = (upTo + below) / 2
      middles[i] = middle
      masses[i] = upTo - below
      product *= middle
    }
    // The product only falls from here on downwards.
    if (product < NEGLIGIBLE) break
    for (let i = 0; i < count; i += 1) {
      const mass = masses[i] ?? 0
      if (mass === 0) continue
      const chance = (mass * product) / (middles[i] ?? 1)
      chances[i] = (chances[i] ?? 0) + chance
      total += chance
    }
  }
  for (let i = 0; i < count; i += 1) chances[i] = (chances[i] ?? 0) / total
  return chances
}
