import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  distributionOf,
  mixDistributions,
  mixedDistributionOf,
  rewardDistribution,
} from './reward-distribution.ts'

const parameter = fc.double({ min: 0.02, max: 1e6, noNaN: true })

test('a kept distribution is as good as that of the very posterior, whatever was kept before', () => {
  const some = fc.constantFrom(0.2, 1, 9.8, 50, 1_000)
  fc.assert(
    fc.property(fc.oneof(some, parameter), fc.oneof(some, parameter), (alpha, beta) => {
      const kept = distributionOf({ alpha, beta })
      const exact = rewardDistribution({ alpha, beta })
      const meanOf = (upTo: Float64Array) => 1 - upTo.reduce((sum, share) => sum + share, 0) / 512
      expect(Math.abs(meanOf(kept) - meanOf(exact))).toBeLessThan(0.001)
    }),
    { numRuns: 1_000 },
  )
})

test('posteriors that differ by less than a two-thousandth share one', () => {
  const one = distributionOf({ alpha: 40, beta: 10 })
  expect(distributionOf({ alpha: 40.001, beta: 10.0001 })).toBe(one)
  expect(distributionOf({ alpha: 40.1, beta: 10 })).not.toBe(one)
  expect(distributionOf({ alpha: 40, beta: 10.1 })).not.toBe(one)
})

test('a mix is as good as that of the very posteriors and share, and kept by all of them', () => {
  const one = { alpha: 40, beta: 10 }
  const other = { alpha: 1, beta: 4 }
  const exact = mixDistributions(rewardDistribution(one), rewardDistribution(other), 0.3)
  const mixed = mixedDistributionOf(one, other, 0.3)
  for (const [cell, upTo] of mixed.entries()) {
    expect(Math.abs(upTo - (exact[cell] ?? 0))).toBeLessThan(0.001)
  }
  expect(mixedDistributionOf(one, other, 0.3001)).toBe(mixed)
  expect(mixedDistributionOf(one, other, 0.4)).not.toBe(mixed)
  expect(mixedDistributionOf(other, one, 0.3)).not.toBe(mixed)
  expect(mixedDistributionOf(one, one, 0.3)).not.toBe(mixed)
})
