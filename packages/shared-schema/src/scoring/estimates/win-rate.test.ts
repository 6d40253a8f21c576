import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { winRate } from './threshold-rule.ts'

describe('winRate', () => {
  it('is the share of outcomes that succeeded', () => {
    expect(winRate(45, 50)).toBe(0.9)
  })

  it('is 0 without samples', () => {
    expect(winRate(0, 0)).toBe(0)
  })

  it('lies between 0 and 1, and one more success never lowers it', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (successes, failures) => {
        const rate = winRate(successes, successes + failures)
        expect(rate).toBeGreaterThanOrEqual(0)
        expect(rate).toBeLessThanOrEqual(1)
        expect(winRate(successes + 1, successes + failures + 1)).toBeGreaterThanOrEqual(rate)
      }),
    )
  })
})
