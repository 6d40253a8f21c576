import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addEvidence, posteriorMean, posteriorOf, weaken, withEvidence } from './posterior.ts'

const prior = fc.record({
  mean: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
  mass: fc.double({ min: 1, max: 1000, noNaN: true }),
})
const evidence = fc.record({
  mass: fc.double({ min: 0, max: 1e9, noNaN: true }),
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('a posterior', () => {
  it('is Beta(m·p0 + s, m·(1 - p0) + f)', () => {
    const posterior = posteriorOf({ mean: 0.8, mass: 10 }, { mass: 20, reward: 0.25 })
    expect(posterior.alpha).toBeCloseTo(8 + 5, 12)
    expect(posterior.beta).toBeCloseTo(2 + 15, 12)
    expect(posteriorMean(posterior)).toBeCloseTo(13 / 30, 12)
  })

  it('is proper whatever the evidence says', () => {
    fc.assert(
      fc.property(prior, fc.array(evidence), (assumed, seen) => {
        const { alpha, beta } = posteriorOf(assumed, ...seen)
        expect(alpha).toBeGreaterThan(0)
        expect(beta).toBeGreaterThan(0)
        expect(Number.isFinite(alpha + beta)).toBe(true)
      }),
    )
  })

  it('does not depend on the order of the evidence, or on how it is summed up', () => {
    fc.assert(
      fc.property(prior, evidence, evidence, (assumed, one, other) => {
        const apart = posteriorMean(posteriorOf(assumed, one, other))
        expect(posteriorMean(posteriorOf(assumed, other, one))).toBeCloseTo(apart, 9)
        expect(posteriorMean(posteriorOf(assumed, addEvidence(other, one)))).toBeCloseTo(apart, 9)
      }),
    )
  })

  it('stays proper as evidence is added, however sure it is', () => {
    const sure = posteriorOf({ mean: 0.98, mass: 1 }, { mass: 2 ** 53, reward: 1 })
    const { beta } = withEvidence(sure, { mass: 3, reward: 1 })
    expect(beta).toBeCloseTo(0.02, 9)
    expect(withEvidence(sure, { mass: 3, reward: 0 }).beta).toBeCloseTo(3.02, 9)
  })

  it('moves back to the prior as the evidence is weakened', () => {
    const seen = { mass: 100, reward: 0.9 }
    const mean = (share: number) =>
      posteriorMean(posteriorOf({ mean: 0.5, mass: 10 }, weaken(seen, share)))
    expect(mean(0)).toBe(0.5)
    expect(mean(0.5)).toBeLessThan(mean(1))
    expect(mean(0.5)).toBeGreaterThan(0.5)
  })
})
