import { REWARD_CELLS, type RewardDistribution } from '../rewards/reward-distribution.ts'
import type { WithinPreference } from './preference-score.ts'
import { chancesOfFirstWithin } from './within-chances.ts'

/** A smaller chance, or share of exploration, counts as none: outcomes could not be weighted by it. */
export const LEAST_CHANCE = 1e-9

/** Chances to be chosen by Thompson sampling, a share of the choices being uniform. */
export function thompsonChances(
  contenders: readonly Contender[],
  exploration: number,
): Float64Array {
  return withExploration(withoutTheLeast(chancesOfBeingBest(contenders)), exploration)
}

/** A contender with what calling it takes, in whatever unit. */
export interface PricedContender {
  readonly reward: RewardDistribution
  readonly expense: number
}

/**
 * Chances to be chosen as the cheapest one whose drawn reward is within so much of the greatest, a share of the choices
 * being uniform. Of two that are equally dear the first comes first; where all are, the best is chosen.
 */
export function withinChances(
  contenders: readonly PricedContender[],
  { within, confidence }: WithinPreference,
  exploration: number,
): Float64Array {
  const dearest = contenders.reduce((most, { expense }) => Math.max(most, expense), 0)
  if (contenders.every(({ expense }) => expense === dearest)) {
    return thompsonChances(
      contenders.map(({ reward }) => ({ reward, offset: 0 })),
      exploration,
    )
  }
  const cheapestFirst = [...contenders.entries()].sort(
    ([, one], [, other]) => one.expense - other.expense,
  )
  const rewards = cheapestFirst.map(([, { reward }]) => reward)
  const sorted = chancesOfFirstWithin(rewards, Math.round(within * REWARD_CELLS), confidence)
  const chances = new Float64Array(contenders.length)
  for (const [at, [place]] of cheapestFirst.entries()) chances[place] = sorted[at] ?? 0
  return withExploration(withoutTheLeast(chances), exploration)
}

/** Chances to be chosen by rank: the first of `count`, a share of the choices being uniform. */
export function firstChances(count: number, exploration: number): Float64Array {
  const chances = new Float64Array(count)
  chances[0] = 1
  return withExploration(chances, exploration)
}

function withoutTheLeast(chances: Float64Array): Float64Array {
  const kept = chances.map((chance) => (chance < LEAST_CHANCE ? 0 : chance))
  const total = kept.reduce((sum, chance) => sum + chance, 0)
  return kept.map((chance) => chance / total)
}

function withExploration(chances: Float64Array, exploration: number): Float64Array {
  if (!(exploration >= LEAST_CHANCE)) return chances
  const share = Math.min(1, exploration)
  return chances.map((chance) => (1 - share) * chance + share / chances.length)
}

/** What may be the best: by a reward that is not known exactly, and an offset that is. */
export interface Contender {
  readonly reward: RewardDistribution
  /** Added to the reward: what cost and speed are worth. Rounded to 1 / 512; between ±4 million. */
  readonly offset: number
}

/** Floating-point numbers far below it lose precision. */
const LEAST_TOTAL = 1e-290
/** Cells that are visited contender by contender, which is several times as fast as cell by cell. */
const STRIP = 32

/** A contender with its place among the others: its cells begin at `shift`. */
interface Placed {
  readonly index: number
  readonly profile: RewardProfile
  readonly shift: number
}

/**
 * The probability of each contender to have the greatest sum of reward and offset; they add up to 1.
 * Choosing by these probabilities is Thompson sampling (Thompson 1933): the same distribution as drawing
 * from every posterior and taking the greatest, but computed exactly and once, not at every
 * decision.
 *
 * P(i) = Σ over cells of P(i in the cell) · Π over the others of P(below the middle of the cell).
 */
export function chancesOfBeingBest(contenders: readonly Contender[]): Float64Array {
  const chances = new Float64Array(contenders.length)
  const placed = withoutHopeless(contenders)
  const top = placed.reduce((most, one) => Math.max(most, lastPlace(one)), -Infinity)
  const sums = new Float64Array(placed.length)
  const products = new Float64Array(STRIP)
  let total = 0
  for (let last = top; last > top - 2 * REWARD_CELLS; last -= STRIP) {
    products.fill(1)
    for (const one of placed) multiplyBelowMiddle(products, one, last)
    for (const [at, one] of placed.entries()) {
      const chance = chanceInStrip(products, one, last)
      sums[at] = (sums[at] ?? 0) + chance
      total += chance
    }
    // The product only falls from here on downwards; where many are tied it is small from the start.
    if ((products[STRIP - 1] ?? 0) < NEGLIGIBLE * total) break
  }
  // So many are tied that their product underflows.
  const tied = total < LEAST_TOTAL
  for (const [at, { index }] of placed.entries()) {
    chances[index] = tied ? 1 / placed.length : (sums[at] ?? 0) / total
  }
  return chances
}

/**
 * Multiplies the product at each place of a strip, from its `last` one downwards, by the probability that
 * the contender lies below the middle of its cell there: 1 above its last cell, 0 below its first.
 */
function multiplyBelowMiddle(products: Float64Array, one: Placed, last: number): void {
  const { belowMiddle } = one.profile
  const offset = last - one.shift - one.profile.firstCell
  const steps = Math.min(STRIP, offset + 1)
  for (let step = stepsAbove(one, last); step < steps; step += 1) {
    products[step] = (products[step] ?? 0) * (belowMiddle[offset - step] ?? 0)
  }
  for (let step = Math.max(0, steps); step < STRIP; step += 1) products[step] = 0
}

/** The probability that the contender lies in a cell of the strip, and all others below its middle. */
function chanceInStrip(products: Float64Array, one: Placed, last: number): number {
  const { halfToBelow } = one.profile
  const offset = last - one.shift - one.profile.firstCell
  const steps = Math.min(STRIP, offset + 1)
  let chance = 0
  for (let step = stepsAbove(one, last); step < steps; step += 1) {
    chance += (halfToBelow[offset - step] ?? 0) * (products[step] ?? 0)
  }
  return chance
}

/** How many places of a strip lie above the contender's last cell. */
function stepsAbove(one: Placed, last: number): number {
  return Math.max(0, last - lastPlace(one))
}

function lastPlace({ profile, shift }: Placed): number {
  return shift + profile.lastCell
}

/** Leaves out a contender that almost certainly lies below another one. */
function withoutHopeless(contenders: readonly Contender[]): readonly Placed[] {
  const all = contenders.map(({ reward, offset }, index) => ({
    index,
    profile: rewardProfile(reward),
    shift: Math.round(offset * REWARD_CELLS),
  }))
  const floor = all.reduce(
    (highest, { profile, shift }) => Math.max(highest, shift + profile.firstCell),
    -Infinity,
  )
  return all.filter((one) => lastPlace(one) >= floor)
}

/** What is less likely than this is left out. */
const NEGLIGIBLE = 1e-9

/** A distribution between its first and its last cell that is not negligible. */
interface RewardProfile {
  readonly firstCell: number
  readonly lastCell: number
  /** Of each of these cells: the probability of lying below its middle. */
  readonly belowMiddle: Float64Array
  /** Half of what lies in each of these cells, divided by what lies below its middle. */
  readonly halfToBelow: Float64Array
}

const profiles = new WeakMap<RewardDistribution, RewardProfile>()

function rewardProfile(reward: RewardDistribution): RewardProfile {
  const known = profiles.get(reward)
  if (known !== undefined) return known
  const made = makeProfile(reward)
  profiles.set(reward, made)
  return made
}

function makeProfile(reward: RewardDistribution): RewardProfile {
  const firstCell = firstWhere((cell) => (reward[cell] ?? 1) >= NEGLIGIBLE)
  const lastCell = firstWhere((cell) => 1 - (reward[cell] ?? 1) < NEGLIGIBLE)
  const belowMiddle = new Float64Array(lastCell - firstCell + 1)
  const halfToBelow = new Float64Array(lastCell - firstCell + 1)
  let below = firstCell === 0 ? 0 : (reward[firstCell - 1] ?? 0)
  for (let at = 0; at < belowMiddle.length; at += 1) {
    const upTo = reward[firstCell + at] ?? 1
    const half = (upTo - below) / 2
    belowMiddle[at] = below + half
    halfToBelow[at] = half / (below + half)
    below = upTo
  }
  return { firstCell, lastCell, belowMiddle, halfToBelow }
}

/** The first cell that holds, where all after it hold too; the last one when none does. */
function firstWhere(holds: (cell: number) => boolean): number {
  let low = 0
  let high = REWARD_CELLS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
