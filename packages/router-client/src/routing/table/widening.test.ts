import { expect, test } from 'vitest'
import { manualClock } from '../../testing/manual-clock.ts'
import { createWidening } from './widening.ts'

const HOUR_MS = 3_600_000

function widen({ ageMs = 0, halfLifeMs = HOUR_MS }) {
  const clock = manualClock()
  const shares: number[] = []
  const widening = createWidening({
    clock,
    staleAfterMs: 60_000,
    onShare: (share) => shares.push(share),
  })
  widening.begin(ageMs, halfLifeMs)
  return { clock, shares, widening }
}

test('what was learned counts half after every half-life beyond the time at which it is stale', () => {
  const { clock, shares } = widen({ ageMs: 60_000 + HOUR_MS })
  expect(shares).toEqual([0.5])
  clock.advance(HOUR_MS)
  expect(shares.at(-1)).toBeCloseTo(0.25, 12)
  clock.advance(8 * HOUR_MS)
  expect(shares.at(-1)).toBeCloseTo(0.25 / 256, 12)
  expect(shares).toHaveLength(1 + 9 * 16)
})

test('an age below that, or of a clock that is ahead, counts whole', () => {
  expect(widen({ ageMs: 30_000 }).shares).toEqual([1])
  expect(widen({ ageMs: -HOUR_MS }).shares).toEqual([1])
})

test('steps end when nothing is left, and are never closer than a second', () => {
  const { clock, shares } = widen({ halfLifeMs: 100 })
  clock.advance(3_600_000)
  expect(shares.length).toBeLessThan(66)
  expect(shares.at(-1)).toBe(0)
  expect(clock.pendingTimers()).toBe(0)
})

test('a half-life beyond all time takes nothing away', () => {
  const { clock, shares } = widen({ halfLifeMs: Number.MAX_VALUE })
  clock.advance(30 * 24 * HOUR_MS)
  expect(shares).toEqual([1])
})

test('no timer is left when the snapshot is not stale any more, or stale again', () => {
  const { clock, shares, widening } = widen({ ageMs: HOUR_MS })
  widening.begin(HOUR_MS, HOUR_MS)
  expect(clock.pendingTimers()).toBe(1)
  widening.end()
  expect(clock.pendingTimers()).toBe(0)
  clock.advance(HOUR_MS)
  expect(shares).toHaveLength(2)
})
