import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BLOCK_HOURS, BLOCKS, FADED_SPAN, spanOf } from '../window/window-spans.ts'
import type { CellSpans } from './cell-spans.ts'
import { findBreaks } from './find-breaks.ts'

const span = (samples: number, successes: number) => ({ samples, successes })
const nothing = span(0, 0)
type Span = ReturnType<typeof span>

const empty = () => new Float64Array(BLOCKS)

/** Of instances whose work is alike. */
function cellOf(spans: readonly Span[]): CellSpans {
  const samples = Float64Array.from(spans, (each) => each.samples)
  const successes = Float64Array.from(spans, (each) => each.successes)
  const sum = (numbers: Float64Array) => numbers.reduce((all, one) => all + one, 0)
  const rate = sum(successes) / Math.max(1, sum(samples))
  const blocks = { samples: empty(), successes: empty(), expected: empty() }
  return { samples, successes, expected: samples.map((count) => count * rate), blocks }
}

/** All instances see what one sees. */
const options = { dispersion: 1, begunHours: 1, agree: () => true }

/** The break of a cell that is alone. */
const findBreak = (spans: readonly Span[]) => findBreaks([cellOf(spans)], options)[0]

test('finds the border where the rate became another one', () => {
  expect(findBreak([span(20, 5), span(30, 8), span(300, 240), span(900, 720)])).toBe(2)
})

test('sees a model that got better as well as one that got worse', () => {
  expect(findBreak([span(40, 38), span(300, 90)])).toBe(1)
})

test('says nothing where all spans agree', () => {
  expect(findBreak([span(20, 16), span(30, 24), span(300, 240)])).toBeUndefined()
  expect(findBreak([nothing, nothing])).toBeUndefined()
})

test('what may only wait for a verdict that comes late is no break, what it would make greater is one', () => {
  const falls = [span(30, 8), span(300, 240)]
  const rises = [span(40, 38), span(300, 90)]
  const found = (spans: readonly Span[], successes: boolean) =>
    findBreaks([cellOf(spans)], { ...options, untimed: { successes, failures: !successes } })[0]
  expect(found(falls, true)).toBeUndefined()
  expect(found(falls, false)).toBe(1)
  expect(found(rises, true)).toBe(1)
  expect(found(rises, false)).toBeUndefined()
})

test('fewer than ten outcomes on either side are not enough, whatever they say', () => {
  expect(findBreak([span(9, 0), span(1_000, 1_000)])).toBeUndefined()
  expect(findBreak([span(10, 0), span(1_000, 1_000)])).toBe(1)
  expect(findBreak([span(1_000, 1_000), span(9, 0)])).toBeUndefined()
})

test('of several breaks the newest counts: a model that recovered is not held to its bad time', () => {
  expect(findBreak([span(30, 27), span(60, 12), span(900, 810)])).toBe(1)
})

test('empty spans between two are no border of their own', () => {
  expect(findBreak([span(40, 8), nothing, nothing, span(400, 360)])).toBe(1)
})

test('property: what counts is never less than ten outcomes, and the same spans give the same border', () => {
  const spans = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([samples, rate]) => span(samples, Math.round(samples * rate))),
    { minLength: 1, maxLength: 10 },
  )
  fc.assert(
    fc.property(spans, (given) => {
      const border = findBreak(given)
      expect(findBreak(given)).toBe(border)
      if (border === undefined) return
      const counted = given.slice(0, border).reduce((sum, { samples }) => sum + samples, 0)
      expect(counted).toBeGreaterThanOrEqual(10)
    }),
  )
})

/** A week of two models, by hours from the newest one back: how often each is called and succeeds. */
function weekOf(callsAt: (age: number) => number, rateAt: (age: number) => number): CellSpans {
  const spans = Array.from({ length: FADED_SPAN + 1 }, () => span(0, 0))
  const blocks = { samples: empty(), successes: empty(), expected: empty() }
  let [calls, wins] = [0, 0]
  for (let age = 0; age < 168; age += 1) {
    const own = spans[spanOf(age, 168)]
    const block = Math.floor(age / BLOCK_HOURS)
    if (own === undefined) continue
    own.samples += callsAt(age)
    own.successes += callsAt(age) * rateAt(age)
    blocks.samples[block] = (blocks.samples[block] ?? 0) + callsAt(age)
    blocks.successes[block] = (blocks.successes[block] ?? 0) + callsAt(age) * rateAt(age)
    calls += callsAt(age)
    wins += callsAt(age) * rateAt(age)
  }
  for (const [block, count] of blocks.samples.entries()) {
    blocks.expected[block] = (count * wins) / calls
  }
  return { ...cellOf(spans), blocks }
}

test('a model that used to be called by night, when work is harder, has not got better by day', () => {
  const week = { ...options, begunHours: BLOCK_HOURS }
  const isNight = (age: number) => age % 24 >= 12
  const always = weekOf(
    () => 100,
    (age) => (isNight(age) ? 0.55 : 0.78),
  )
  const rate = (age: number) => (isNight(age) ? 0.5 : 0.74)
  const turned = weekOf((age) => (isNight(age) === age >= 24 ? 80 : 0), rate)
  expect(findBreaks([always, turned], week)).toEqual([undefined, undefined])
  // The same outcomes where the work of the others was the same all the time.
  const even = weekOf(
    () => 100,
    () => 0.7,
  )
  expect(findBreaks([even, turned], week)[1]).toBeDefined()
})

test('a change of work is presumed no more than a known week shows, and more where no whole week is known', () => {
  const known = (hours: number) =>
    weekOf(
      (age) => (age < hours ? 113 : 0),
      (age) => (age === 0 ? 0.45 : 0.78),
    )
  const week = { ...options, begunHours: BLOCK_HOURS }
  expect(findBreaks([known(168)], week)).toEqual([1])
  // It may be the first weekend, with harder work for all.
  expect(findBreaks([known(120)], week)).toEqual([undefined])
})

test('the second day of a new fleet is no break, where other models were hardly called since the first night', () => {
  const hours = 40
  const hour = (age: number) => (hours - 1 - age) % 24
  const rates = (night: number, day: number) => (age: number) =>
    hour(age) < 8 || hour(age) >= 18 ? night : day
  const calls = (first: number, then: number) => (age: number) =>
    age >= hours ? 0 : age >= hours - 8 ? first : then
  const usual = weekOf(calls(2, 90), rates(0.46, 0.75))
  const others = [0.46, 0.55, 0.34].map((night) =>
    weekOf(calls(25, 1.5), rates(night, night + 0.23)),
  )
  expect(findBreaks([usual, ...others], options)[0]).toBeUndefined()
})
