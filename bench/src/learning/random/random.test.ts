import { seededRandom, shuffled } from '@winrate/demo/random/seeded-random'
import { expect, test } from 'vitest'
import { derivedSeed } from './derived-seed.ts'
import { betaDraw, exponential } from './random-draws.ts'

function draws(count: number, draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: count }, draw)
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
  return { mean, variance }
}

test.each([
  [0.5, 0.5],
  [5, 5],
  [140, 60],
  [1, 9],
])('Draws from Beta(%d, %d) have its mean and variance', (alpha, beta) => {
  const random = seededRandom(7)
  const { mean, variance } = draws(40_000, () => betaDraw(alpha, beta, random))
  const expected = alpha / (alpha + beta)
  const spread = (expected * (1 - expected)) / (alpha + beta + 1)
  expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt(spread / 40_000))
  expect(variance / spread).toBeGreaterThan(0.95)
  expect(variance / spread).toBeLessThan(1.05)
})

test('Exponential draws have the given mean', () => {
  const random = seededRandom(3)
  expect(draws(40_000, () => exponential(30, random)).mean / 30).toBeCloseTo(1, 1)
})

test('Equal seeds draw equal numbers, and each use of a seed gets a different one', () => {
  expect([1, 2, 3].map(seededRandom(5))).toEqual([1, 2, 3].map(seededRandom(5)))
  const uses = ['world', 'fleet', 'delay', 'order 1', 'order 2', 'order 11']
  const seeds = new Set(uses.flatMap((use) => [1, 2, 3].map((seed) => derivedSeed(seed, use))))
  expect(seeds.size).toBe(18)
})

test('A shuffled order contains every number once', () => {
  const order = shuffled(50, seededRandom(2))
  expect([...order].sort((one, other) => one - other)).toEqual([...Array(50).keys()])
  expect([...order]).not.toEqual([...Array(50).keys()])
})
