import { expect, test } from 'vitest'
import { trendOf } from './trend.ts'

const everyMinute = (valueAt: (minute: number) => number) =>
  Array.from({ length: 60 }, (_, minute) => ({ atMs: minute * 60_000, value: valueAt(minute) }))

test('a steady value has no slope, whatever its single peaks', () => {
  const trend = trendOf(everyMinute((minute) => (minute % 9 === 8 ? 500 : 100)))
  expect(trend).toEqual({ first: 100, last: 100, perHour: 0, growth: 0 })
})

test('a leak shows through noise that is greater than its steps', () => {
  const { first, last, perHour, growth } = trendOf(
    everyMinute((minute) => 100 + minute + 20 * ((minute * 7) % 3)),
  )
  expect(perHour).toBeGreaterThan(50)
  expect(perHour).toBeLessThan(70)
  expect(growth).toBeCloseTo((perHour * 59) / 60, 6)
  expect(last - first).toBeGreaterThan(40)
})

test('one value has no trend', () => {
  expect(() => trendOf([{ atMs: 0, value: 1 }])).toThrow(/nothing was measured/)
})
