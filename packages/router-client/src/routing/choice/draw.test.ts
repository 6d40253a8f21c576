import { firstChances } from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDraw } from './draw.ts'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('chances are how often each candidate is drawn', () => {
  const draw = createDraw(firstChances(4, 0.3))
  const draws = 40_000
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < draws; i += 1) counts[draw(i / draws)]! += 1
  expect(counts.map((count) => count / draws)).toEqual([0.775, 0.075, 0.075, 0.075])
})

test('what is drawn always has a chance, wherever rounding leaves the sum', () => {
  const weights = fc.array(fc.oneof(fc.constant(0), unit), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(weights, unit, (drawn, uniform) => {
      const total = drawn.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const chances = Float64Array.from(drawn, (weight) => weight / total)
      expect(chances[createDraw(chances)(uniform)]).toBeGreaterThan(0)
    }),
  )
})

test('the candidate drawn is the first that the sum of chances passes the number at', () => {
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 60 }), unit, (weights, uniform) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const chances = Float64Array.from(weights, (weight) => weight / total)
      let upTo = 0
      const place = chances.findIndex((chance) => {
        upTo += chance
        return uniform < upTo
      })
      fc.pre(place >= 0)
      expect(createDraw(chances)(uniform)).toBe(place)
    }),
  )
})
