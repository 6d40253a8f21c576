import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  REWARD_CELLS,
  type RewardDistribution,
  rewardDistribution,
} from '../rewards/reward-distribution.ts'
import { chancesOfBeingBest, withinChances } from './choice-chances.ts'
import type { WithinPreference } from './preference-score.ts'
import { chancesOfFirstWithin } from './within-chances.ts'

const posterior = (mean: number, mass: number) =>
  rewardDistribution({ alpha: 0.2 + mass * mean, beta: 0.2 + mass * (1 - mean) })

const within = (points: number, confidence?: number): WithinPreference => ({
  within: points,
  then: 'cost',
  confidence,
})

describe('chances of being the cheapest within so much of the best', () => {
  it.each([0, 0.01, 0.02, 0.1])(
    'are those of drawing from every posterior, to 0.004, within %d',
    (points) => {
      const random = seededRandom(5)
      const cells = Math.round(points * REWARD_CELLS)
      for (const models of [2, 5, 24]) {
        const rewards = Array.from({ length: models }, () =>
          posterior(0.3 + 0.5 * random(), 10 ** (1 + 3 * random())),
        )
        const chances = chancesOfFirstWithin(rewards, cells)
        const drawn = drawnShares(rewards, cells, 150_000, random)
        for (const [at, share] of drawn.entries()) {
          expect(Math.abs(share - (chances[at] ?? 0))).toBeLessThan(0.004)
        }
      }
    },
  )

  it('add up to 1 and are none of them negative, whatever the posteriors', () => {
    const arm = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1e6 }),
    )
    const arms = fc.array(arm, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(arms, fc.integer({ min: 0, max: REWARD_CELLS }), (given, cells) => {
        const chances = chancesOfFirstWithin(
          given.map(([mean, mass]) => posterior(mean, mass)),
          cells,
        )
        expect(chances.every((chance) => chance > -1e-9)).toBe(true)
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9)
      }),
      { numRuns: 50 },
    )
  })

  it('leave a model that is not within so much of the best hardly anything', () => {
    const [bad = 1, cheap = 0, best = 1] = withinChances(
      [
        { reward: posterior(0.7, 20_000), expense: 0.001 },
        { reward: posterior(0.785, 20_000), expense: 0.01 },
        { reward: posterior(0.8, 20_000), expense: 1 },
      ],
      within(0.03),
      0,
    )
    expect(cheap).toBeGreaterThan(0.95)
    expect(bad + best).toBeLessThan(0.05)
  })

  it('prefer for its cost only what is within with the confidence that is asked for', () => {
    const cheap = { reward: posterior(0.78, 300), expense: 0.01 }
    const dear = { reward: posterior(0.8, 300), expense: 1 }
    const best = chancesOfBeingBest([cheap, dear].map(({ reward }) => ({ reward, offset: 0 })))
    const [eager = 0] = withinChances([cheap, dear], within(0.02), 0)
    const [careful = 0] = withinChances([cheap, dear], within(0.02, 0.9), 0)
    expect(eager).toBeCloseTo(0.5, 1)
    // The same as being the best one, except that in the same cell the cheaper one comes first.
    expect(careful - (best[0] ?? 0)).toBeLessThan(0.03)
    expect(careful).toBeLessThan(eager - 0.1)
  })

  it('are those of being the best where all cost the same, or the cost of none is known', () => {
    const rewards = [posterior(0.8, 50), posterior(0.7, 50), posterior(0.75, 20)]
    const best = chancesOfBeingBest(rewards.map((reward) => ({ reward, offset: 0 })))
    const chances = withinChances(
      rewards.map((reward) => ({ reward, expense: 0 })),
      within(0.05),
      0,
    )
    for (const [at, chance] of chances.entries()) expect(chance).toBeCloseTo(best[at] ?? 0, 6)
  })

  it('belong to the contenders, in whatever order they come', () => {
    const contenders = [0.8, 0.7, 0.75].map((mean, at) => ({
      reward: posterior(mean, 50),
      expense: [3, 1, 2][at] ?? 0,
    }))
    const forwards = withinChances(contenders, within(0.05), 0.01)
    const backwards = withinChances([...contenders].reverse(), within(0.05), 0.01).reverse()
    expect([...backwards]).toEqual([...forwards])
  })
})

/** Draws a cell of every posterior, and takes the first within so many cells of the greatest. */
function drawnShares(
  rewards: readonly RewardDistribution[],
  cells: number,
  draws: number,
  random: () => number,
): number[] {
  const counts = rewards.map(() => 0)
  const drawn = new Int32Array(rewards.length)
  for (let draw = 0; draw < draws; draw += 1) {
    let greatest = 0
    for (const [at, reward] of rewards.entries()) {
      drawn[at] = cellOf(reward, random())
      greatest = Math.max(greatest, drawn[at] ?? 0)
    }
    const first = drawn.findIndex((cell) => cell >= greatest - cells)
    counts[first] = (counts[first] ?? 0) + 1
  }
  return counts.map((count) => count / draws)
}

function cellOf(reward: RewardDistribution, uniform: number): number {
  let low = 0
  let high = REWARD_CELLS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((reward[middle] ?? 1) > uniform) high = middle
    else low = middle + 1
  }
  return low
}

function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
