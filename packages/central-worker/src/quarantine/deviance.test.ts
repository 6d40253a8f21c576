import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deviance } from './deviance.ts'

const proportion = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([samples, rate]) => ({ samples, successes: samples * rate }))

test('is 0 for equal rates and for one that has no samples, never below, and symmetric', () => {
  expect(deviance({ samples: 10, successes: 5 }, { samples: 80, successes: 40 })).toBeCloseTo(0, 9)
  expect(deviance({ samples: 10, successes: 5 }, { samples: 0, successes: 0 })).toBe(0)
  fc.assert(
    fc.property(proportion, proportion, (one, other) => {
      const found = deviance(one, other)
      expect(found).toBeGreaterThanOrEqual(0)
      expect(deviance(other, one)).toBe(found)
    }),
  )
})

test('is the square of the difference in standard errors where samples are many', () => {
  const [n, p, d] = [100_000, 0.5, 0.01]
  const found = deviance({ samples: n, successes: n * p }, { samples: n, successes: n * (p + d) })
  expect(found).toBeCloseTo(d ** 2 / ((2 * p * (1 - p)) / n), 1)
})

test('three early failures of ten are no four standard errors, however good the others are', () => {
  expect(deviance({ samples: 10, successes: 7 }, { samples: 1_000, successes: 980 })).toBeLessThan(
    16,
  )
})
