import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMoments, type Moments, noMoments } from '../log/logged-outcomes.ts'
import { sumOfScores, sumOfSquares } from './quantity.ts'

const decision = fc.record({
  propensity: fc.double({ min: 0.01, max: 1, noNaN: true }),
  y: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
})
const factor = fc.double({ min: -10, max: 10, noNaN: true })
const score = fc.record({ base: factor, u: factor, uy: factor, y: factor })

function momentsOf({ propensity, y }: { propensity: number; y: number | null }): Moments {
  if (y === null) return noMoments
  const u = 1 / propensity
  return {
    count: 1,
    u,
    uu: u * u,
    y,
    yy: y * y,
    uy: u * y,
    uyy: u * y * y,
    uuy: u * u * y,
    uuyy: u * u * y * y,
  }
}

describe('moments', () => {
  it('give the sum and the sum of squares of any scores, as a loop over the decisions does', () => {
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 30 }), score, (decisions, given) => {
        const moments = decisions.map(momentsOf).reduce(addMoments, noMoments)
        const scores = decisions.map(({ propensity, y }) =>
          y === null
            ? given.base
            : given.base + given.u / propensity + (given.uy * y) / propensity + given.y * y,
        )
        const sum = scores.reduce((total, value) => total + value, 0)
        const squares = scores.reduce((total, value) => total + value * value, 0)
        const scale = 1e-9 * (1 + scores.reduce((total, value) => total + Math.abs(value) ** 2, 0))
        const size = decisions.length * 1e7 * 1e-9 + scale
        expect(Math.abs(sumOfScores(given, decisions.length, moments) - sum)).toBeLessThan(size)
        expect(Math.abs(sumOfSquares(given, decisions.length, moments) - squares)).toBeLessThan(
          size,
        )
      }),
    )
  })
})
