import { expect, test } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { createStaleness } from './staleness.ts'

const STALE_AFTER_MS = 180_000
const TWO_HOURS_MS = 7_200_000

test.each([
  { title: 'news from a clock that was ahead', backMs: TWO_HOURS_MS, aheadMs: 0 },
  { title: 'a snapshot that is dated in the future', backMs: 0, aheadMs: TWO_HOURS_MS },
])('$title does not keep a snapshot from becoming stale', ({ backMs, aheadMs }) => {
  const timers = manualClock()
  let shiftMs = backMs
  const clock = { now: () => timers.now() + shiftMs, setTimer: timers.setTimer }
  const ages: number[] = []
  const staleness = createStaleness(
    {
      clock,
      staleAfterMs: STALE_AFTER_MS,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      table: { widen: (ageMs: number) => ages.push(ageMs), restore() {} },
      events: { emit() {} },
    },
    true,
    () => 1,
  )
  staleness.markFresh(clock.now() + aheadMs)
  shiftMs = 0
  timers.advance(2 * STALE_AFTER_MS)
  expect(staleness.isStale()).toBe(true)
  expect(ages).toEqual([STALE_AFTER_MS])
})
