import { seededRandom } from '@winrate/demo/random/seeded-random'
import { expect, test } from 'vitest'
import { meanInterval, worstTenth } from './mean-interval.ts'

test('The interval of 1, 2 and 3 matches the textbook', () => {
  const { mean, ci } = meanInterval([1, 2, 3])
  expect(mean).toBe(2)
  // 4.303 · 1 / √3
  expect(ci[0]).toBeCloseTo(2 - 2.4843, 3)
  expect(ci[1]).toBeCloseTo(2 + 2.4843, 3)
})

test('One run says nothing about the spread', () => {
  expect(meanInterval([7])).toEqual({ mean: 7, ci: [7, 7] })
})

test('With many runs the quantile approaches the normal one', () => {
  const values = Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 1 : -1))
  const [low, high] = meanInterval(values).ci
  // 1.972 is the quantile for 199 degrees of freedom.
  expect((high - low) / 2).toBeCloseTo((1.972 * Math.sqrt(200 / 199)) / Math.sqrt(200), 4)
})

test('The interval contains the true mean in about 95 of 100 cases', () => {
  const random = seededRandom(1)
  let held = 0
  for (let run = 0; run < 2_000; run += 1) {
    const { ci } = meanInterval(Array.from({ length: 10 }, () => random() + random()))
    if (ci[0] <= 1 && ci[1] >= 1) held += 1
  }
  expect(held / 2_000).toBeGreaterThan(0.935)
  expect(held / 2_000).toBeLessThan(0.965)
})

test('The worst tenth of few values is the lowest of them', () => {
  expect(worstTenth([0.3, 0.1, 0.2])).toBe(0.1)
  const twenty = Array.from({ length: 20 }, (_, at) => 20 - at)
  expect(worstTenth(twenty)).toBe(1.5)
})
