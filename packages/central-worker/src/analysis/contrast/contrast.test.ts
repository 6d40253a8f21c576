import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contrastRates, twoSidedP } from './contrast.ts'

const difference = (own: [number, number], other: [number, number]) =>
  contrastRates([
    { successes: own[0], samples: own[1], weight: 1 },
    { successes: other[0], samples: other[1], weight: -1 },
  ])

describe('the p value of a normal value', () => {
  it.each([
    [0, 1],
    [1, 0.3173105],
    [1.959964, 0.05],
    [-3, 0.0026998],
    [6, 1.97317e-9],
  ])('of %d is %d', (z, pValue) => {
    expect(twoSidedP(z) / pValue).toBeCloseTo(1, 4)
  })
})

describe('the interval of a difference of rates', () => {
  it('is the one that Newcombe publishes (1998, method 10, examples a, c and e)', () => {
    const published: [[number, number], [number, number], number, number][] = [
      [[56, 70], [48, 80], 0.0524, 0.3339],
      [[6, 7], [2, 7], 0.0582, 0.8062],
      [[5, 56], [0, 29], -0.0381, 0.1926],
    ]
    for (const [own, other, low, high] of published) {
      const found = difference(own, other)
      expect(found.low).toBeCloseTo(low, 4)
      expect(found.high).toBeCloseTo(high, 4)
    }
  })

  it('does not collapse where both rates are 1', () => {
    const { difference: none, low, high } = difference([10, 10], [10, 10])
    expect(none).toBe(0)
    expect(low).toBeLessThan(-0.2)
    expect(high).toBeGreaterThan(0.2)
  })

  it('holds the difference, and excludes 0 exactly where p is below 5 %', () => {
    const rate = fc
      .record({
        samples: fc.integer({ min: 1, max: 2_000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ samples, share }) => ({ samples, successes: Math.round(samples * share) }))
    fc.assert(
      fc.property(fc.array(rate, { minLength: 2, maxLength: 8 }), (rates) => {
        const found = contrastRates(
          rates.map((each, at) => ({ ...each, weight: (at === 0 ? 1 : 0) - 1 / rates.length })),
        )
        expect(found.low).toBeLessThanOrEqual(found.difference)
        expect(found.high).toBeGreaterThanOrEqual(found.difference)
        const excludes = found.low > 1e-6 || found.high < -1e-6
        if (excludes) expect(found.pValue).toBeLessThanOrEqual(0.0501)
        if (found.pValue < 0.0499) expect(found.low * found.high).toBeGreaterThan(0)
      }),
    )
  })
})

it('with few degrees of freedom, quantiles are those of Student', () => {
  const terms = [
    { successes: 500_000, samples: 1_000_000, weight: 1 },
    { successes: 501_000, samples: 1_000_000, weight: -1 },
  ]
  const normal = contrastRates(terms)
  const few = contrastRates(terms, 6)
  // From R: qt(0.975, 6) and 2 * pt(-sqrt(2), 6); the difference is the square root of 2 standard errors.
  expect((few.high - few.difference) / (normal.high - normal.difference)).toBeCloseTo(
    2.4469 / 1.96,
    2,
  )
  expect(few.pValue).toBeCloseTo(0.207, 2)
})
