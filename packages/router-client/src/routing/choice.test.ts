import { firstChances } from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseByChances } from './choice.ts'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('propensities are how often each candidate is chosen', () => {
  const chances = firstChances(4, 0.3)
  const draws = 40_000
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < draws; i += 1) {
    const { at, propensity } = chooseByChances(chances, i / draws)
    counts[at]! += 1
    expect(propensity).toBe(chances[at])
  }
  expect(counts.map((count) => count / draws)).toEqual([0.775, 0.075, 0.075, 0.075])
})

test('a choice always has a chance, wherever rounding leaves the sum', () => {
  const weights = fc.array(fc.oneof(fc.constant(0), unit), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(weights, unit, (drawn, draw) => {
      const total = drawn.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const chances = Float64Array.from(drawn, (weight) => weight / total)
      const { at, propensity } = chooseByChances(chances, draw)
      expect(propensity).toBe(chances[at])
      expect(propensity).toBeGreaterThan(0)
      expect(propensity).toBeLessThanOrEqual(1)
    }),
  )
})
