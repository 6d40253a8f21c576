import { expect, test } from 'vitest'
import { type Stratum, stratifiedDifference } from './stratified-difference.ts'

const pairs = (count: number, own: 0 | 1, others: 0 | 1): Stratum[] =>
  Array.from({ length: count }, (_, cluster) => ({
    cluster,
    own: { samples: 1, successes: own },
    others: { samples: 1, successes: others },
  }))

test('of pairs only those that differ count, as in the test of McNemar (1947)', () => {
  const { comparison, samples } = stratifiedDifference([
    ...pairs(36, 1, 0),
    ...pairs(20, 0, 1),
    ...pairs(44, 1, 1),
  ])
  expect(samples).toBe(100)
  expect(comparison.difference).toBeCloseTo(0.16, 9)
  // z = (36 - 20) / √(36 + 20) = 2.14, so p = 0.033; the interval's skew moves it a little.
  expect(comparison.pValue).toBeGreaterThan(0.02)
  expect(comparison.pValue).toBeLessThan(0.05)
})

test('strata are weighted by n · N / (n + N)', () => {
  const { winRate, expectedWinRate } = stratifiedDifference([
    { cluster: 1, own: { samples: 10, successes: 10 }, others: { samples: 10, successes: 0 } },
    { cluster: 2, own: { samples: 10, successes: 0 }, others: { samples: 90, successes: 90 } },
  ])
  expect(winRate).toBeCloseTo(5 / 14, 9)
  expect(expectedWinRate).toBeCloseTo(9 / 14, 9)
})
