import { expect, test } from 'vitest'
import { createDelivery } from './delivery.ts'
import { countedFrom } from './rhythm.ts'

const MINUTE_MS = 60_000

test('An outcome counts in the first snapshot made at least five seconds after it', () => {
  expect(countedFrom(10_000)).toBe(MINUTE_MS)
  expect(countedFrom(55_000)).toBe(MINUTE_MS)
  expect(countedFrom(55_001)).toBe(2 * MINUTE_MS)
})

test('Outcomes are delivered once, in order and not before their snapshot', () => {
  const delivery = createDelivery<{ atMs: number }>()
  const received: number[] = []
  const deliver = (nowMs: number) => delivery.deliver(nowMs, ({ atMs }) => received.push(atMs))
  delivery.send({ atMs: 1_000 })
  delivery.send({ atMs: 58_000 })
  deliver(59_999)
  expect(received).toEqual([])
  deliver(MINUTE_MS)
  expect(received).toEqual([1_000])
  deliver(MINUTE_MS + 30_000)
  deliver(2 * MINUTE_MS)
  expect(received).toEqual([1_000, 58_000])
})

test('No outcome of thousands is lost', () => {
  const delivery = createDelivery<{ atMs: number }>()
  let received = 0
  for (let atMs = 0; atMs < 5_000_000; atMs += 1_000) {
    delivery.send({ atMs })
    delivery.deliver(atMs, () => {
      received += 1
    })
  }
  delivery.deliver(6_000_000, () => {
    received += 1
  })
  expect(received).toBe(5_000)
})
