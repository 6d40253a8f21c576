import { describe, expect, test } from 'vitest'
import { BLOCKS } from '../window/window-spans.ts'
import type { TimedCounts } from './cell-spans.ts'
import { atUsualWork, easierWork } from './easier-work.ts'

/** Outcomes and win rates by block, the newest first. */
function cell(...spans: readonly (readonly [samples: number, rate: number])[]): TimedCounts {
  const samples = new Float64Array(BLOCKS)
  const successes = new Float64Array(BLOCKS)
  const expected = new Float64Array(BLOCKS)
  const count = spans.reduce((sum, [own]) => sum + own, 0)
  const wins = spans.reduce((sum, [own, rate]) => sum + own * rate, 0)
  for (const [at, [own, rate]] of spans.entries()) {
    samples[at] = own
    successes[at] = own * rate
    expected[at] = (own * wins) / count
  }
  return { samples, successes, expected }
}

const unbroken = { breaks: [], dispersion: 1, begunHours: 1 }

describe('the work of a model', () => {
  test('is harder where most of its calls came while all models did worse', () => {
    const byNight = cell([900, 0.55], [100, 0.78])
    const byDay = cell([100, 0.5], [900, 0.74])
    const always = cell([500, 0.45], [500, 0.7])
    const [night = 0, day = 0, both = 0] = easierWork([byNight, byDay, always], unbroken)

    expect(night).toBeLessThan(-0.3)
    expect(day).toBeGreaterThan(0.3)
    expect(Math.abs(both)).toBeLessThan(0.1)
    // Without it, the better one is behind.
    expect(0.9 * 0.55 + 0.1 * 0.78).toBeLessThan(0.1 * 0.5 + 0.9 * 0.74)
    expect(atUsualWork(0.573, 1_000, night)).toBeGreaterThan(atUsualWork(0.716, 1_000, day))
  })

  test('is told apart from the model also where hardly any calls of one came at the time of the other', () => {
    const byNight = cell([430, 0.51], [40, 0.7], [430, 0.51], [20, 0.7], [440, 0.51], [5, 0.6])
    const byDay = cell([60, 0.38], [300, 0.73], [70, 0.41], [190, 0.73], [100, 0.4], [300, 0.73])
    const [night = 0, day = 0] = easierWork([byNight, byDay], unbroken)
    const rates = [atUsualWork(0.519, 1_365, night), atUsualWork(0.656, 1_020, day)] as const
    expect(rates[0]).toBeGreaterThan(rates[1])
  })

  test('is as hard as usual where nothing changed', () => {
    const cells = [
      cell([900, 0.78], [100, 0.78]),
      cell([100, 0.6], [900, 0.6]),
      cell([20, 0.7], [30, 0.7]),
    ]
    expect(easierWork(cells, unbroken).map(Math.abs)).toEqual([0, 0, 0])
  })

  test('is not told by what a model did before it broke', () => {
    const broken = cell([1_000, 0.2], [1_000, 0.8])
    const others = [cell([100, 0.7], [1_000, 0.7]), cell([100, 0.6], [900, 0.6])]
    const easier = easierWork([broken, ...others], { ...unbroken, breaks: [1] })
    expect(easier.map(Math.abs)).toEqual([0, 0, 0])
  })

  test('is unknown where one model did all of it', () => {
    expect(easierWork([cell([500, 0.4], [500, 0.8])], unbroken).map(Math.abs)).toEqual([0])
  })
})

test('a win rate stays within its bounds at any work', () => {
  for (const rate of [0, 0.5, 1]) {
    for (const easier of [-3, 0, 3]) {
      const moved = atUsualWork(rate, 10, easier)
      expect(moved).toBeGreaterThanOrEqual(0)
      expect(moved).toBeLessThanOrEqual(1)
      if (easier === 0) expect(moved).toBe(rate)
    }
  }
})
