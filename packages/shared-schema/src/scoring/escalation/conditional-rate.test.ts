import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  conditionalRate,
  dependenceLogLikelihood,
  type EscalatedResults,
} from './conditional-rate.ts'
import { difficultyShares, MOST_DEPENDENCE, ratesByDifficulty } from './difficulty.ts'

const rate = fc.double({ min: 0, max: 1, noNaN: true })
const usualRate = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const dependence = fc.double({ min: 0, max: MOST_DEPENDENCE, noNaN: true })
const failed = fc.array(usualRate, { minLength: 1, maxLength: 4 })

it('the mean over all difficulties is the plain rate', () => {
  fc.assert(
    fc.property(rate, dependence, (plain, s) => {
      const { success, failure } = ratesByDifficulty(plain, s)
      const mean = (of: Float64Array) =>
        of.reduce((sum, one, at) => sum + one * (difficultyShares[at] ?? 0), 0)
      expect(mean(success)).toBeCloseTo(plain, 8)
      expect(mean(failure)).toBeCloseTo(1 - plain, 8)
    }),
  )
})

it('without dependence, or before anything failed, the rate is the plain one', () => {
  fc.assert(
    fc.property(failed, rate, dependence, (rates, plain, s) => {
      expect(conditionalRate(rates, plain, 0)).toBe(plain)
      expect(conditionalRate([], plain, s)).toBe(plain)
    }),
  )
})

it('is a rate that is at most the plain one, whatever failed', () => {
  fc.assert(
    fc.property(fc.array(rate, { maxLength: 5 }), rate, dependence, (rates, plain, s) => {
      const conditional = conditionalRate(rates, plain, s)
      expect(conditional).toBeGreaterThanOrEqual(0)
      expect(conditional).toBeLessThanOrEqual(plain + 2e-9)
    }),
  )
})

it('falls as the dependence grows', () => {
  fc.assert(
    fc.property(usualRate, usualRate, dependence, dependence, (first, plain, one, other) => {
      const [less, more] = one < other ? [one, other] : [other, one]
      expect(conditionalRate([first], plain, more)).toBeLessThanOrEqual(
        conditionalRate([first], plain, less) + 1e-9,
      )
    }),
  )
})

it('falls with every further model that failed, the more the better that one is', () => {
  fc.assert(
    fc.property(
      failed,
      usualRate,
      usualRate,
      usualRate,
      dependence,
      (rates, one, two, plain, s) => {
        const [worse, better] = one < two ? [one, two] : [two, one]
        const before = conditionalRate(rates, plain, s)
        const after = conditionalRate([...rates, worse], plain, s)
        expect(after).toBeLessThanOrEqual(before + 1e-9)
        expect(conditionalRate([...rates, better], plain, s)).toBeLessThanOrEqual(after + 1e-9)
      },
    ),
  )
})

it('does not depend on the order of those that failed', () => {
  fc.assert(
    fc.property(failed, usualRate, dependence, (rates, plain, s) => {
      const turned = conditionalRate([...rates].reverse(), plain, s)
      expect(turned).toBeCloseTo(conditionalRate(rates, plain, s), 12)
    }),
  )
})

it('what it does where one fails and where that one succeeds comes to the plain rate', () => {
  fc.assert(
    fc.property(usualRate, usualRate, dependence, (first, plain, s) => {
      const one = ratesByDifficulty(first, s)
      const other = ratesByDifficulty(plain, s)
      let both = 0
      for (const [at, share] of difficultyShares.entries()) {
        both += share * (one.success[at] ?? 0) * (other.success[at] ?? 0)
      }
      expect((1 - first) * conditionalRate([first], plain, s) + both).toBeCloseTo(plain, 9)
    }),
  )
})

it('where all is hard for all, failures of a good model leave little', () => {
  expect(conditionalRate([0.7], 0.7, 0)).toBe(0.7)
  expect(conditionalRate([0.7], 0.7, 1)).toBeGreaterThan(0.5)
  expect(conditionalRate([0.7], 0.7, MOST_DEPENDENCE)).toBeLessThan(0.3)
  expect(conditionalRate([0, 1], 0.5, MOST_DEPENDENCE)).toBeLessThan(0.1)
})

it('results are likeliest at the dependence that made them', () => {
  const rates = [0.2, 0.5, 0.8]
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 4.5, noNaN: true }), (truth) => {
      const results = rates.flatMap((rate) =>
        rates.map((first): EscalatedResults => {
          const successes = 1_000 * conditionalRate([first], rate, truth)
          return { rate, failedRates: [first], successes, failures: 1_000 - successes }
        }),
      )
      const at = (s: number) => dependenceLogLikelihood(results, s)
      expect(at(truth)).toBeGreaterThan(at(truth - 0.3))
      expect(at(truth)).toBeGreaterThan(at(truth + 0.3))
    }),
  )
})

it('what cannot have happened leaves the likelihood finite', () => {
  const impossible = { rate: 0, failedRates: [1], successes: 3, failures: 0 }
  expect(Number.isFinite(dependenceLogLikelihood([impossible], 2))).toBe(true)
})
