import { expect, test } from 'vitest'
import { fadedWeight } from '../testing/aggregate-window.ts'
import {
  FADED_SPAN,
  movedAges,
  SPAN_BORDERS,
  shiftedAges,
  spanOf,
  spanWithin,
  windowShape,
} from './window-spans.ts'

const WEEK = 168

test('a span begins at each border and the faded one with the end of the window', () => {
  expect([0, 1, 2, 3, 5, 6, 95, 96, 167, 168].map((age) => spanOf(age, WEEK))).toEqual([
    0,
    1,
    2,
    3,
    3,
    4,
    7,
    8,
    8,
    FADED_SPAN,
  ])
  for (const [at, border] of SPAN_BORDERS.entries()) expect(spanOf(border, WEEK)).toBe(at + 1)
})

test('an hour that has begun after the tick did is the newest span', () => {
  expect(spanOf(-1, WEEK)).toBe(0)
})

test('a shorter window ends in the span where its days end', () => {
  expect(spanOf(23, 24)).toBe(5)
  expect(spanOf(24, 24)).toBe(FADED_SPAN)
})

test('what has left the window weighs half after half a window, and nothing after four times that', () => {
  expect(fadedWeight(167, WEEK)).toBe(1)
  expect(fadedWeight(168, WEEK)).toBe(1)
  expect(fadedWeight(168 + 84, WEEK)).toBe(0.5)
  expect(fadedWeight(168 + 168, WEEK)).toBe(0.25)
  expect(windowShape({ windowDays: 7, retentionDays: 90 }).endHours).toBe(504)
  expect(fadedWeight(503, WEEK)).toBeCloseTo(1 / 16, 2)
  expect(fadedWeight(504, WEEK)).toBe(0)
})

test.each([
  [1, 1],
  [2, 2],
  [2, 3],
  [3, 3],
  [3, 9],
  [24, 72],
  [168, 240],
  [168, 504],
])(
  'with a window of %i hours and an end at %i every age that crosses a border goes on once',
  (windowHours, endHours) => {
    const shape = { windowHours, endHours }
    const crossing = Array.from({ length: endHours }, (_, at) => at + 1).filter(
      (age) => spanWithin(age, shape) !== spanWithin(age - 1, shape),
    )
    const ages = [...shiftedAges(shape), ...movedAges(shape)].toSorted((one, other) => one - other)
    expect(ages).toEqual(crossing)
    // What shifts takes its whole span with it.
    for (const age of shiftedAges(shape)) {
      const span = spanWithin(age - 1, shape)
      const others = Array.from({ length: endHours }, (_, at) => at).filter((at) => at !== age - 1)
      expect(others.map((at) => spanWithin(at, shape))).not.toContain(span)
    }
  },
)
