import { expect, test } from 'vitest'
import { describeClockDifference, measureClockDifference } from './clock-difference.ts'

const NOW = 1_800_000_000_000

test.each([
  { aheadMs: 7_200_000, isTooLarge: true, found: "7200 s ahead of the database's: set both" },
  { aheadMs: -7_200_000, isTooLarge: true, found: "7200 s behind the database's: set both" },
  { aheadMs: 1_000, isTooLarge: false, found: "ahead of the database's" },
])('a clock that is $aheadMs ms ahead', async ({ aheadMs, isTooLarge, found }) => {
  const difference = await measureClockDifference(
    async () => NOW,
    () => NOW + aheadMs,
  )
  expect(difference.isTooLarge).toBe(isTooLarge)
  expect(describeClockDifference(difference)).toContain(found)
})

test('a clock that is set while the database answers is measured as it was before', async () => {
  let nowMs = NOW
  const difference = await measureClockDifference(
    async () => {
      nowMs += 7_200_000
      return NOW
    },
    () => nowMs,
  )
  expect(difference.isTooLarge).toBe(false)
})
