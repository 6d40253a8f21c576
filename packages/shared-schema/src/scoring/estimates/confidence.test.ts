import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confidence } from './threshold-rule.ts'

describe('confidence', () => {
  it('is the sigmoid with slope 0.01 and midpoint 50 from 5 samples on', () => {
    for (const samples of [5, 10, 47, 50, 100, 500]) {
      expect(confidence(samples)).toBeCloseTo(1 / (1 + Math.exp(-0.01 * (samples - 50))), 12)
    }
  })

  it('is 0.04 a sample under 5 samples', () => {
    expect([0, 1, 2, 3, 4].map((samples) => confidence(samples))).toEqual([
      0, 0.04, 0.08, 0.12, 0.16,
    ])
  })

  it('is at most 0.2 under 5 samples and above 0.2 from 5 on', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (samples) => {
        expect(confidence(samples) > 0.2).toBe(samples >= 5)
      }),
    )
  })

  it('lies between 0 and 1, both left out where there are samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (samples) => {
        expect(confidence(samples)).toBeGreaterThan(0)
        expect(confidence(samples)).toBeLessThan(1)
      }),
    )
  })

  it('never falls as samples are added', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (samples, more) => {
        expect(confidence(samples + more)).toBeGreaterThanOrEqual(confidence(samples))
      }),
    )
  })

  it('takes slope, midpoint and floor from its parameters', () => {
    const parameters = { slope: 0.1, midpoint: 20, floor: 8 }
    expect(confidence(20, parameters)).toBe(0.5)
    expect(confidence(30, parameters)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12)
    expect(confidence(7, parameters)).toBeLessThanOrEqual(0.2)
  })

  it('stays at most 0.2 below any floor, so that too few samples never count as learned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (floor) => {
        expect(confidence(floor - 1, { slope: 0.01, midpoint: 50, floor })).toBeLessThanOrEqual(0.2)
      }),
    )
  })

  it('is 0 for a negative number of samples', () => {
    expect(confidence(-3)).toBe(0)
  })
})
