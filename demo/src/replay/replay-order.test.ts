import { expect, test } from 'vitest'
import { dueMs, replayDurationMs } from './pacing.ts'
import { replayOrder } from './replay-order.ts'

const input = { queries: 500, instance: 1, seed: 1, limit: undefined }

test('Every query is replayed exactly once', () => {
  const order = replayOrder(input)
  expect(order).toHaveLength(500)
  expect(new Set(order).size).toBe(500)
  expect(Math.min(...order)).toBe(0)
  expect(Math.max(...order)).toBe(499)
})

test('The same seed gives the same order, another seed or instance a different one', () => {
  expect(replayOrder(input)).toEqual(replayOrder(input))
  expect(replayOrder({ ...input, seed: 2 })).not.toEqual(replayOrder(input))
  expect(replayOrder({ ...input, instance: 2 })).not.toEqual(replayOrder(input))
})

test('A limit cuts the order and does not change the rest', () => {
  expect(replayOrder({ ...input, limit: 20 })).toEqual(replayOrder(input).slice(0, 20))
  expect(replayOrder({ ...input, limit: 9000 })).toEqual(replayOrder(input))
})

test('Every query is equally likely to come first', () => {
  const first = Array.from(
    { length: 2000 },
    (_, seed) => replayOrder({ queries: 4, instance: 1, seed, limit: 1 })[0],
  )
  for (const query of [0, 1, 2, 3]) {
    const share = first.filter((one) => one === query).length / first.length
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.3)
  }
})

test('Decisions are spread evenly over forty aggregation intervals', () => {
  const durationMs = replayDurationMs(1000)
  expect(durationMs).toBe(40_000)
  expect(dueMs(0, 400, durationMs)).toBe(0)
  expect(dueMs(200, 400, durationMs)).toBe(20_000)
  expect(dueMs(399, 400, durationMs)).toBe(39_900)
})
