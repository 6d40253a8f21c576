import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsDue } from './coming-hours.ts'

/** Parts that each tick reads: `at` are the minutes of the ticks, the first one a minute after another. */
function partsRead(at: readonly number[], all = 56): number[] {
  let parts = all
  return at.map((minute, tick) => {
    const interval = minute - (at[tick - 1] ?? minute - 1)
    const due = partsDue({ parts, interval, left: 60 - minute })
    parts -= due
    return due
  })
}

test('a tick a minute reads a sixtieth each, and nothing is left for the beginning of the hour', () => {
  const read = partsRead(Array.from({ length: 60 }, (_, minute) => minute))
  expect(Math.max(...read)).toBe(1)
  expect(read.reduce((sum, parts) => sum + parts)).toBe(56)
})

test('a late start reads more each time', () => {
  const read = partsRead([50, 51, 52, 53, 54, 55, 56, 57, 58, 59])
  expect(Math.max(...read)).toBe(6)
  expect(read.reduce((sum, parts) => sum + parts)).toBe(56)
})

test('property: regular ticks share evenly, and read all there is', () => {
  const ticks = fc.record({
    interval: fc.double({ min: 0.1, max: 30, noNaN: true }),
    first: fc.double({ min: 0, max: 29, noNaN: true }),
    all: fc.integer({ min: 0, max: 100 }),
  })
  fc.assert(
    fc.property(ticks, ({ interval, first, all }) => {
      let parts = all
      const read: number[] = []
      for (let minute = first; minute < 60; minute += interval) {
        const due = partsDue({ parts, interval, left: 60 - minute })
        parts -= due
        read.push(due)
      }
      expect(parts).toBe(0)
      expect(Math.max(...read)).toBeLessThanOrEqual(
        Math.ceil((all * interval) / (30 - interval / 2)) + 1,
      )
    }),
  )
})

test('a clock that stands still or goes back makes nothing due', () => {
  expect(partsDue({ parts: 56, interval: 0, left: 30 })).toBe(0)
  expect(partsDue({ parts: 56, interval: -5, left: 30 })).toBe(0)
  expect(partsDue({ parts: 56, interval: 1, left: -5 })).toBe(56)
})
