import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REWARD_CELLS, rewardDistribution } from '../rewards/reward-distribution.ts'
import {
  chancesOfBeingBest,
  firstChances,
  LEAST_CHANCE,
  thompsonChances,
} from './choice-chances.ts'
import { preferenceOffset } from './preference-score.ts'

interface Arm {
  readonly alpha: number
  readonly beta: number
  readonly offset: number
}

const parameter = fc.oneof(
  fc.double({ min: 0.02, max: 5, noNaN: true }),
  fc.double({ min: 5, max: 1e6, noNaN: true }),
)
const arm = fc.record({
  alpha: parameter,
  beta: parameter,
  offset: fc.oneof(fc.constant(0), fc.double({ min: -3, max: 300, noNaN: true })),
})

const contend = ({ alpha, beta, offset }: Arm) => ({
  reward: rewardDistribution({ alpha, beta }),
  offset,
})

describe('chances of being best', () => {
  it('add up to 1 and are all sound, whatever the posteriors', () => {
    fc.assert(
      fc.property(fc.array(arm, { minLength: 1, maxLength: 60 }), (arms) => {
        const chances = chancesOfBeingBest(arms.map(contend))
        expect(chances.every((chance) => chance >= 0 && chance <= 1)).toBe(true)
        expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9)
      }),
    )
  })

  it('belong to the contenders, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 8 }), (arms) => {
        const forwards = chancesOfBeingBest(arms.map(contend))
        const backwards = chancesOfBeingBest([...arms].reverse().map(contend)).reverse()
        for (const [at, chance] of forwards.entries()) expect(backwards[at]).toBeCloseTo(chance, 9)
      }),
    )
  })

  it('are those of drawing from every posterior, to 0.01', () => {
    const random = seededRandom(5)
    for (let round = 0; round < 12; round += 1) {
      const arms = Array.from({ length: 2 + (round % 6) }, () => {
        const mass = 10 ** (random() * 4)
        const mean = random()
        return { alpha: 0.2 + mass * mean, beta: 0.2 + mass * (1 - mean), offset: 0.1 * random() }
      })
      const chances = chancesOfBeingBest(arms.map(contend))
      const drawn = drawnShares(arms, 40_000, random)
      for (const [at, share] of drawn.entries()) {
        expect(Math.abs(share - (chances[at] ?? 0))).toBeLessThan(0.01)
      }
    }
  })

  it('leave equals equal', () => {
    const equal = contend({ alpha: 30, beta: 10, offset: 0 })
    for (const chance of chancesOfBeingBest([equal, equal, equal, equal])) {
      expect(chance).toBeCloseTo(0.25, 9)
    }
  })

  it.each([31, 300, 3_000])('leave equals equal where %i always succeed', (count) => {
    const equal = contend({ alpha: 2e9, beta: 0.02, offset: 0 })
    const hopeless = contend({ alpha: 20, beta: 2_000, offset: 0 })
    const chances = chancesOfBeingBest([hopeless, ...new Array<typeof equal>(count).fill(equal)])
    for (const chance of chances.subarray(1)) expect(chance).toBeCloseTo(1 / count, 9)
    expect(chances[0]).toBe(0)
  })

  it('leave little to a model that may be as good as many that always succeed', () => {
    const equal = contend({ alpha: 2_010, beta: 0.2, offset: 0 })
    const unknown = contend({ alpha: 2, beta: 2, offset: 0 })
    const [chance] = chancesOfBeingBest([unknown, ...new Array<typeof equal>(60).fill(equal)])
    expect(chance).toBeGreaterThan(0)
    expect(chance).toBeLessThan(0.0001)
  })

  it('stay sound for the greatest offsets that a preference makes', () => {
    const preference = { winRate: 1, cost: 1_000_000, speed: 1_000_000 }
    const offset = (cost: number) => preferenceOffset({ cost, speed: 1 }, preference) ?? 0
    const chances = chancesOfBeingBest([
      contend({ alpha: 10, beta: 10, offset: offset(1) }),
      contend({ alpha: 10, beta: 10, offset: offset(1) }),
      contend({ alpha: 90, beta: 10, offset: offset(0.9) }),
    ])
    expect([...chances]).toEqual([expect.closeTo(0.5, 9), expect.closeTo(0.5, 9), 0])
  })

  it('follow the offset where rewards are alike', () => {
    const [cheap = 0, dear = 0] = chancesOfBeingBest([
      contend({ alpha: 300, beta: 100, offset: 0.05 }),
      contend({ alpha: 300, beta: 100, offset: 0 }),
    ])
    expect(cheap).toBeGreaterThan(0.9)
    expect(dear).toBeGreaterThan(0)
  })

  it('rise with every success', () => {
    const rival = contend({ alpha: 30, beta: 12, offset: 0 })
    const chances = Array.from({ length: 20 }, (_, successes) =>
      Number(chancesOfBeingBest([contend({ alpha: 7 + successes, beta: 3, offset: 0 }), rival])[0]),
    )
    for (const [at, chance] of chances.entries()) {
      if (at > 0) expect(chance).toBeGreaterThan(chances[at - 1] ?? 1)
    }
  })
})

describe('exploration', () => {
  it('gives every candidate its share of the choices', () => {
    const sure = [
      contend({ alpha: 1e5, beta: 10, offset: 0 }),
      contend({ alpha: 10, beta: 1e5, offset: 0 }),
    ]
    const [best, worst] = thompsonChances(sure, 0.1)
    expect(best).toBeCloseTo(0.95, 9)
    expect(worst).toBeCloseTo(0.05, 9)
    expect([...firstChances(4, 0.2)]).toEqual(
      [0.8 + 0.05, 0.05, 0.05, 0.05].map((p) => expect.closeTo(p, 12)),
    )
    expect([...firstChances(3, 0)]).toEqual([1, 0, 0])
  })

  it('that is too small to weigh by is none', () => {
    expect([...firstChances(2, 1e-300)]).toEqual([1, 0])
  })

  it('is not needed to leave out a chance that is too small to weigh by', () => {
    const rivals = [
      contend({ alpha: 5_000, beta: 5_000, offset: 0 }),
      contend({ alpha: 4_560, beta: 5_440, offset: 0 }),
    ]
    const chances = chancesOfBeingBest(rivals)
    expect(chances[1]).toBeGreaterThan(0)
    expect(chances[1]).toBeLessThan(LEAST_CHANCE)
    expect([...thompsonChances(rivals, 0)]).toEqual([1, 0])
  })
})

describe('a reward distribution', () => {
  it('never falls, and ends in 1', () => {
    fc.assert(
      fc.property(parameter, parameter, (alpha, beta) => {
        const upTo = rewardDistribution({ alpha, beta })
        expect(upTo).toHaveLength(REWARD_CELLS)
        expect(upTo.at(-1)).toBeCloseTo(1, 9)
        expect(upTo.every((share, at) => share >= (upTo[at - 1] ?? 0) && share <= 1 + 1e-12)).toBe(
          true,
        )
      }),
    )
  })

  // Tails of the Beta distribution by numerical integration.
  it.each([
    [0.02, 0.98, 468, 0.0019],
    [0.2, 9.8, 206, 0.00042],
    [0.2, 109.8, 21, 0.00057],
  ])('of Beta(%d, %d) keeps its long tail above cell %i', (alpha, beta, cell, tail) => {
    expect(1 - (rewardDistribution({ alpha, beta })[cell - 1] ?? 1)).toBeCloseTo(tail, 4)
    const mirrored = rewardDistribution({ alpha: beta, beta: alpha })
    expect(mirrored[REWARD_CELLS - 1 - cell]).toBeCloseTo(tail, 4)
  })

  it('has the mean of its posterior, to a cell', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        (alpha, beta) => {
          const upTo = rewardDistribution({ alpha, beta })
          let mean = 0
          for (const [at, share] of upTo.entries()) {
            mean += ((at + 0.5) / REWARD_CELLS) * (share - (upTo[at - 1] ?? 0))
          }
          expect(Math.abs(mean - alpha / (alpha + beta))).toBeLessThan(1 / REWARD_CELLS)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

function drawnShares(arms: readonly Arm[], draws: number, random: () => number): number[] {
  const wins = arms.map(() => 0)
  for (let draw = 0; draw < draws; draw += 1) {
    const utilities = arms.map(({ alpha, beta, offset }) => drawBeta(alpha, beta, random) + offset)
    wins[utilities.indexOf(Math.max(...utilities))]! += 1
  }
  return wins.map((count) => count / draws)
}

/** A Beta draw from two Gamma draws (Marsaglia and Tsang 2000). */
function drawBeta(alpha: number, beta: number, random: () => number): number {
  const one = drawGamma(alpha, random)
  return one / (one + drawGamma(beta, random))
}

function drawGamma(shape: number, random: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random()) < 0.5 * normal ** 2 + d - d * v + d * Math.log(v))
      return d * v
  }
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}
