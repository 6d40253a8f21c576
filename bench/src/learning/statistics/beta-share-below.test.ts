import { seededRandom } from '@winrate/demo/random/seeded-random'
import { expect, test } from 'vitest'
import { betaDraw } from '../random/random-draws.ts'
import { betaShareBelow } from './beta-share-below.ts'

test('Where the distribution is a polynomial, its share is exact', () => {
  expect(betaShareBelow(0.3, { alpha: 1, beta: 1 })).toBeCloseTo(0.3, 9)
  expect(betaShareBelow(0.3, { alpha: 1, beta: 4 })).toBeCloseTo(1 - 0.7 ** 4, 9)
  expect(betaShareBelow(0.9, { alpha: 2, beta: 2 })).toBeCloseTo(3 * 0.81 - 2 * 0.729, 9)
  expect(betaShareBelow(0, { alpha: 2, beta: 2 })).toBe(0)
  expect(betaShareBelow(1, { alpha: 2, beta: 2 })).toBe(1)
})

test('Elsewhere it is the share of draws', () => {
  const random = seededRandom(1)
  for (const [alpha, beta] of [
    [0.4, 3.2],
    [31.5, 8.5],
    [7_800, 2_200],
  ] as const) {
    const draws = Array.from({ length: 20_000 }, () => betaDraw(alpha, beta, random)).sort(
      (one, other) => one - other,
    )
    for (const share of [0.05, 0.5, 0.95]) {
      const at = draws[share * draws.length] ?? Number.NaN
      expect(Math.abs(betaShareBelow(at, { alpha, beta }) - share)).toBeLessThan(0.01)
    }
  }
})
