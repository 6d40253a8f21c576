import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  callCostFactor,
  costFactor,
  NEUTRAL_FACTOR,
  preferenceOffset,
  preferenceScore,
  speedFactor,
} from './preference-score.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const factors = fc.record({ winRate: share, cost: share, speed: share })
const weight = fc.double({ min: 0, max: 1000, noNaN: true })
const weights = fc.record({ winRate: weight, cost: weight, speed: weight })
const preference = fc.oneof(fc.constantFrom('cost' as const, 'speed' as const), weights)
const example = { winRate: 0.9, cost: 0.2, speed: 0.6 }

describe('preferenceScore', () => {
  it('is the win rate without a preference', () => {
    expect(preferenceScore(example)).toBe(0.9)
  })

  it('is 0.7 × win rate + 0.3 × cost factor for cost', () => {
    expect(preferenceScore(example, 'cost')).toBeCloseTo(0.7 * 0.9 + 0.3 * 0.2, 12)
  })

  it('is 0.7 × win rate + 0.3 × speed factor for speed', () => {
    expect(preferenceScore(example, 'speed')).toBeCloseTo(0.7 * 0.9 + 0.3 * 0.6, 12)
  })

  it('is the weighted mean for weights of one’s own', () => {
    expect(preferenceScore(example, { winRate: 2, cost: 1, speed: 1 })).toBeCloseTo(
      (2 * 0.9 + 0.2 + 0.6) / 4,
      12,
    )
  })

  it('is the win rate when no weight counts', () => {
    expect(preferenceScore(example, {})).toBe(0.9)
    expect(preferenceScore(example, { cost: 0 })).toBe(0.9)
    expect(preferenceScore(example, { cost: -1, speed: Number.NaN })).toBe(0.9)
  })

  it('ignores a weight that is negative or no number', () => {
    expect(preferenceScore(example, { winRate: 1, cost: -5 })).toBeCloseTo(0.9, 12)
    expect(preferenceScore(example, { winRate: 1, speed: Number.POSITIVE_INFINITY })).toBe(0.9)
  })

  it('stays a number for weights whose sum is not', () => {
    const huge = Number.MAX_VALUE
    expect(preferenceScore(example, { winRate: huge, cost: huge, speed: huge })).toBeCloseTo(
      (0.9 + 0.2 + 0.6) / 3,
      12,
    )
  })

  it('lies between 0 and 1', () => {
    fc.assert(
      fc.property(factors, preference, (candidate, prefer) => {
        const score = preferenceScore(candidate, prefer)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })

  it('does not change when all weights are multiplied by the same number', () => {
    fc.assert(
      fc.property(
        factors,
        weights,
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        (candidate, prefer, scale) => {
          const scaled = {
            winRate: prefer.winRate * scale,
            cost: prefer.cost * scale,
            speed: prefer.speed * scale,
          }
          fc.pre(prefer.winRate + prefer.cost + prefer.speed > 1e-9)
          expect(preferenceScore(candidate, scaled)).toBeCloseTo(
            preferenceScore(candidate, prefer),
            9,
          )
        },
      ),
    )
  })

  it('keeps the order of candidates when one is added', () => {
    const prices = fc.record({
      winRate: share,
      usdPerMTokens: fc.double({ min: 0, max: 500, noNaN: true }),
      responseTimeMs: fc.double({ min: 0, max: 500_000, noNaN: true }),
    })
    const rank = (
      candidates: readonly (typeof prices extends fc.Arbitrary<infer T> ? T : never)[],
    ) =>
      candidates
        .map((candidate, at) => ({
          at,
          score: preferenceScore(
            {
              winRate: candidate.winRate,
              cost: costFactor(candidate.usdPerMTokens),
              speed: speedFactor(candidate.responseTimeMs),
            },
            { winRate: 1, cost: 1, speed: 1 },
          ),
        }))
        .sort((one, other) => other.score - one.score || one.at - other.at)
        .map(({ at }) => at)
    fc.assert(
      fc.property(fc.array(prices, { maxLength: 8 }), prices, (candidates, added) => {
        const after = rank([...candidates, added]).filter((at) => at < candidates.length)
        expect(after).toEqual(rank(candidates))
      }),
    )
  })
})

describe.each([
  { name: 'costFactor', factor: costFactor, best: 0.1, worst: 100, middle: 10 ** 0.5 },
  { name: 'callCostFactor', factor: callCostFactor, best: 0.0001, worst: 10, middle: 10 ** -1.5 },
  { name: 'speedFactor', factor: speedFactor, best: 100, worst: 100_000, middle: 10 ** 3.5 },
])('$name', ({ factor, best, worst, middle }) => {
  it('is 1 at the best reference and below, 0 at the worst and above', () => {
    expect([0, best / 2, best].map(factor)).toEqual([1, 1, 1])
    expect([worst, worst * 2, Number.POSITIVE_INFINITY].map(factor)).toEqual([0, 0, 0])
  })

  it('is one half at the geometric middle of the two references', () => {
    expect(factor(middle)).toBeCloseTo(0.5, 12)
  })

  it('is neutral for what is not known', () => {
    expect(factor(undefined)).toBe(NEUTRAL_FACTOR)
    expect(factor(Number.NaN)).toBe(NEUTRAL_FACTOR)
  })

  it('lies between 0 and 1 and never rises with its value', () => {
    const value = fc.double({ min: 0, max: worst * 10, noNaN: true })
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one]
        expect(factor(low)).toBeGreaterThanOrEqual(factor(high))
        expect(factor(high)).toBeGreaterThanOrEqual(0)
        expect(factor(low)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('preferenceOffset', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const weight = fc.double({ min: 0.01, max: 10, noNaN: true })

  it('orders as the score does when it is added to the win rate', () => {
    const model = fc.record({ winRate: share, cost: share, speed: share })
    const weights = fc.record({ winRate: weight, cost: weight, speed: weight })
    fc.assert(
      fc.property(model, model, weights, (one, other, preference) => {
        const byScore = preferenceScore(one, preference) - preferenceScore(other, preference)
        const worth = (factors: typeof one) =>
          factors.winRate + (preferenceOffset(factors, preference) ?? Number.NaN)
        fc.pre(Math.abs(byScore) > 1e-9)
        expect(Math.sign(worth(one) - worth(other))).toBe(Math.sign(byScore))
      }),
    )
  })

  it('is nothing without a preference, and undefined where the win rate has no weight', () => {
    expect(preferenceOffset({ cost: 1, speed: 1 })).toBe(0)
    expect(preferenceOffset({ cost: 1, speed: 1 }, {})).toBe(0)
    expect(preferenceOffset({ cost: 1, speed: 1 }, { cost: 1 })).toBeUndefined()
    expect(preferenceOffset({ cost: 1, speed: 1 }, { winRate: 1e-7, cost: 1 })).toBeUndefined()
    expect(preferenceOffset({ cost: 1, speed: 1 }, { winRate: 1e-6, cost: 1 })).toBeCloseTo(1e6, 0)
    expect(preferenceOffset({ cost: 1, speed: 0 }, 'cost')).toBeCloseTo(3 / 7, 12)
  })
})
