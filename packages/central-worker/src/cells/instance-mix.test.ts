import { runAtOnce } from '@winrate/shared-schema/steps'
import { describe, expect, test } from 'vitest'
import { logistic } from '../quarantine/logits.ts'
import { aggregateWindow } from '../testing/aggregate-window.ts'
import { aRow } from '../window/testing/window-rows.ts'
import { BLOCKS } from '../window/window-spans.ts'
import { atUsualWork } from './easier-work.ts'
import { instanceMix } from './instance-mix.ts'

/** Two instances, one with hard and one with easy work. */
const WORK = [-1.5, 1.5]
const [HARD, EASY] = [0, 1]

/** What an instance reports of a model of this level, by block. */
function voice(instance: number, level: number, calls: readonly number[]) {
  const blockSamples = new Float64Array(BLOCKS)
  const blockSuccesses = new Float64Array(BLOCKS)
  for (const [block, count] of calls.entries()) {
    blockSamples[block] = count
    blockSuccesses[block] = count * rateAt(level, instance)
  }
  return { instance, blockSamples, blockSuccesses, share: 1 }
}

const rateAt = (level: number, instance: number) => logistic(level + (WORK[instance] ?? 0))

const mixOf = (...ofCell: readonly (readonly ReturnType<typeof voice>[])[]) =>
  runAtOnce(
    instanceMix({
      ofCell,
      instances: WORK.length,
      workOf: ({ instance }) => WORK[instance] ?? 0,
      shareOf: ({ share }) => share,
      breaks: [],
      begunHours: 1,
    }),
  )

describe('the work of a model', () => {
  test('is harder where the instances with hard work drew it more often than the others', () => {
    const usual = [voice(HARD, 1.2, [1_000, 1_000]), voice(EASY, 1.2, [1_050, 1_050])]
    const atHard = [voice(HARD, 1, [50, 50]), voice(EASY, 1, [5, 5])]
    const [ofUsual = 0, ofAtHard = 0] = mixOf(usual, atHard)

    expect(Math.abs(ofUsual)).toBeLessThan(0.1)
    const seen = (100 * rateAt(1, HARD) + 10 * rateAt(1, EASY)) / 110
    const real = (rateAt(1, HARD) + rateAt(1, EASY)) / 2
    expect(real - seen).toBeGreaterThan(0.2)
    expect(atUsualWork(seen, 110, ofAtHard)).toBeCloseTo(real, 1.5)
  })

  test('is not moved by which instances are at work when: that is part of the time', () => {
    const always = [voice(HARD, 1.2, [1_000, 0]), voice(EASY, 1.2, [0, 1_000])]
    const byNight = [voice(HARD, 1, [50, 0]), voice(EASY, 1, [0, 5])]
    for (const easier of mixOf(always, byNight)) expect(easier).toBeCloseTo(0, 6)
  })

  test('is not moved by what nobody drew', () => {
    const pinned = { ...voice(HARD, 1.2, [9_000]), share: 0 }
    const drawn = [voice(HARD, 1, [50]), voice(EASY, 1, [50])]
    const [, ofDrawn = 1] = mixOf([pinned, voice(HARD, 1.2, [90]), voice(EASY, 1.2, [90])], drawn)
    expect(ofDrawn).toBeCloseTo(0, 6)
  })
})

test('a model that instances with hard work drew more often is held to no harder work than the others', () => {
  const rows = Array.from({ length: 8 }, (_, instance) => instance).flatMap((instance) => {
    const work = instance % 2
    const report = (modelName: string, level: number, samples: number) => {
      const successes = Math.round(samples * rateAt(level, work))
      const counts = { samples, successes, drawnSamples: samples, drawnSuccesses: successes }
      return aRow({ modelName, provider: 'p', instanceId: `i-${instance}`, ...counts })
    }
    return [report('usual', 1.2, 1_000), report('other', 1, work === HARD ? 100 : 10)]
  })
  const [other] = aggregateWindow(rows, { hour: new Date('2026-09-01T12:00:00Z') }).cells
  expect(other?.winRate).toBeLessThan(0.44)
  expect(other?.reward).toBeCloseTo((rateAt(1, HARD) + rateAt(1, EASY)) / 2, 1.3)
})

test('a model is not moved where the work of instances differs by no more than chance', () => {
  const report = (modelName: string, instance: number, samples: number, successes: number) => {
    const counts = { samples, successes, drawnSamples: samples, drawnSuccesses: successes }
    return aRow({ modelName, provider: 'p', instanceId: `i-${instance}`, ...counts })
  }
  // Up to one and a half standard errors from 76 %: those below called the other model more often.
  const rows = [-20, -13, -7, -2, 2, 7, 13, 20].flatMap((luck, instance) => {
    const samples = luck < 0 ? 100 : 10
    return [
      report('usual', instance, 1_000, 760 + luck),
      report('other', instance, samples, 0.7 * samples),
    ]
  })
  const [other] = aggregateWindow(rows, { hour: new Date('2026-09-01T12:00:00Z') }).cells
  expect(other?.reward).toBeCloseTo(0.7, 6)
})
