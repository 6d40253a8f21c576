import { expect, test } from 'vitest'
import { densityOf } from './densities.ts'

/** The distribution of a Beta posterior with whole parameters, by summing its density up. */
function beta(alpha: number, beta: number): number[] {
  const weights = Array.from({ length: 512 }, (_, cell) => {
    const reward = (cell + 0.5) / 512
    return reward ** (alpha - 1) * (1 - reward) ** (beta - 1)
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let upTo = 0
  return weights.map((weight) => {
    upTo += weight / total
    return upTo
  })
}

test.each([
  [3, 2],
  [80, 20],
  [1, 1],
  [40, 1],
  [600, 300],
])('of Beta(%i, %i) it holds all but a thousandth, and has the same mean', (alpha, b) => {
  const { from, step, values } = densityOf(beta(alpha, b))
  expect(values.length).toBeLessThanOrEqual(100)
  // The last step may end at 1 before it is whole.
  const widthOf = (at: number) => Math.min(1, from + (at + 1) * step) - (from + at * step)
  const sum = values.reduce((all, value, at) => all + value * widthOf(at), 0)
  expect(sum).toBeGreaterThan(0.998)
  expect(sum).toBeLessThan(1 + 1e-4)
  const mean = values.reduce(
    (all, value, at) => all + value * widthOf(at) * (from + (at + 0.5) * step),
    0,
  )
  expect(mean / sum).toBeCloseTo(alpha / (alpha + b), 2)
})

test('of a certain reward it is one step', () => {
  const certain = Array.from({ length: 512 }, (_, cell) => (cell < 300 ? 0 : 1))
  expect(densityOf(certain)).toEqual({ from: 300 / 512, step: 1 / 512, values: [512] })
})
