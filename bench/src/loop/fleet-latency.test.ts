import { expect, test } from 'vitest'
import { fleetLatency } from './fleet-latency.ts'

const batches = {
  messageId: Float64Array.of(7, 8),
  offset: Uint32Array.of(0, 2),
  recordedMs: Float64Array.of(1_000, 1_100, 1_200),
}

test('an outcome reaches the fleet with the first snapshot whose watermark is above its message', () => {
  const snapshots = [
    { version: 3, queueWatermark: 9, atMs: 3_000 },
    { version: 1, queueWatermark: 7, atMs: 1_500 },
    { version: 2, queueWatermark: 8, atMs: 2_000 },
  ]
  expect(fleetLatency([batches], snapshots)).toEqual({
    p50Ms: 1_000,
    p95Ms: 1_800,
    maxMs: 1_800,
    missing: 0,
  })
})

test('outcomes that no snapshot counts are missing', () => {
  const snapshots = [{ version: 1, queueWatermark: 8, atMs: 2_000 }]
  expect(fleetLatency([batches], snapshots)).toMatchObject({ maxMs: 1_000, missing: 1 })
})
