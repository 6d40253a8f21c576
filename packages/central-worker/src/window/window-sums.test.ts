import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Findings } from '../cells/cell-results.ts'
import type { Verdict } from '../quarantine/judge-instances.ts'
import { createRollupHistory, type RollupHistory } from './testing/rollup-history.ts'
import { windowShape } from './window-spans.ts'

const FIRST_HOUR = 500_000
const day = windowShape({ windowDays: 1, retentionDays: 30 })
const codex = { modelName: 'codex', provider: 'codex', instanceId: '1' }

/** Without the last decimals, in which rounding may show. */
function roughly(window: Findings): unknown {
  return JSON.parse(JSON.stringify(window), (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? expect.closeTo(value, 2) : value,
  )
}

function expectSame(history: RollupHistory, verdicts: ReadonlyMap<string, Verdict> = new Map()) {
  const { followed, reread } = history.compare(verdicts)
  expect(JSON.parse(JSON.stringify(followed))).toEqual(roughly(reread))
  return followed
}

test('what left the window fades hour by hour, and is nothing at the end of the tail', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  history.set({ hour: FIRST_HOUR, ...codex }, { samples: 100, successes: 80 })
  history.hours(23)
  expect(expectSame(history).cells).toMatchObject([{ samples: 100, fadedEvidence: 0 }])
  history.hours(1 + 12)
  expect(expectSame(history).cells).toMatchObject([
    { samples: 0, fadedEvidence: 50, fadedReward: 0.8 },
  ])
  history.hours(24 + 11)
  expect(expectSame(history).cells).toHaveLength(1)
  history.hours(1)
  expect(expectSame(history).cells).toEqual([])
})

test('where the retention ends with the window nothing fades', () => {
  const history = createRollupHistory(windowShape({ windowDays: 1, retentionDays: 1 }), FIRST_HOUR)
  history.set({ hour: FIRST_HOUR, ...codex }, { samples: 100, successes: 80 })
  history.hours(23)
  expect(expectSame(history).cells).toHaveLength(1)
  history.hours(1)
  expect(expectSame(history).cells).toEqual([])
})

test('an outcome that is late counts in the hour in which it occurred', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  history.hours(30)
  history.set({ hour: FIRST_HOUR + 1, ...codex }, { samples: 64, successes: 64 })
  const [cell] = expectSame(history).cells
  expect(cell?.fadedEvidence).toBeCloseTo(64 * 2 ** (-5 / 12), 3)
})

test('an hour that begins before the tick knows of it is new, until it is an hour old', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  history.set({ hour: FIRST_HOUR + 1, ...codex }, { samples: 3, successes: 3 })
  expect(expectSame(history).cells).toMatchObject([{ samples: 3 }])
  history.hours(2)
  expectSame(history)
})

test('of outcomes that were all corrected away nothing is left, not even by rounding', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  const sums = { samples: 3, successes: 1, qualitySum: 0.1 + 0.2, qualityCount: 3 }
  history.set({ hour: FIRST_HOUR, ...codex }, sums)
  history.hours(7)
  history.set({ hour: FIRST_HOUR, ...codex }, { qualitySum: 1e-17 })
  const { cells, outcomes } = expectSame(history)
  expect(cells).toEqual([])
  expect(outcomes).toBe(0)
})

test('what rounding leaves of an instance whose outcomes are over does not move the cap of the others', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  const [gone, present] = [FIRST_HOUR, FIRST_HOUR + 20]
  for (const [at, samples] of [1, 3, 7, 11, 13, 17, 19, 23].entries()) {
    history.set({ hour: gone, ...codex, instanceId: `gone-${at}` }, { samples })
    history.set({ hour: present, ...codex, instanceId: `gone-${at}` }, { transportFailures: 1 })
  }
  for (const instanceId of ['a', 'b', 'c']) {
    history.set({ hour: present, ...codex, instanceId }, { samples: 400, successes: 300 })
  }
  history.set({ hour: present, ...codex, instanceId: 'd' }, { samples: 4_000, successes: 3_000 })
  history.hours(73)
  const [cell] = expectSame(history).cells
  expect(cell?.fadedEvidence).toBeCloseTo((3 * 400 + 1_200) * 2 ** (-29 / 12), 2)
})

test('a verdict acts without any new outcome, and so does its end', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  history.set({ hour: FIRST_HOUR, ...codex }, { samples: 3, successes: 3 })
  expect(expectSame(history).quarantines).toEqual([])
  const quarantined = new Map([['1', 'quarantined' as const]])
  expect(expectSame(history, quarantined).quarantines).toHaveLength(1)
  expect(expectSame(history).quarantines).toEqual([])
})

test('one that turns out to differ in most of its outcomes is left out of cells that did not change', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  const other = { modelName: 'other', provider: 'other' }
  for (const instanceId of ['1', '2', '3', '4', '5']) {
    const good = { samples: 40, successes: 32 }
    history.set({ hour: FIRST_HOUR, ...codex, instanceId }, good)
    history.set({ hour: FIRST_HOUR, ...other, instanceId }, good)
  }
  expect(expectSame(history).quarantines).toEqual([])
  history.set({ hour: FIRST_HOUR, ...other, instanceId: '5' }, { samples: 400, successes: 0 })
  expect(expectSame(history).quarantines.map(({ reason }) => reason)).toEqual([
    'differs-elsewhere',
    'differs',
  ])
  history.set({ hour: FIRST_HOUR, ...other, instanceId: '5' }, { samples: 40, successes: 32 })
  expect(expectSame(history).quarantines).toEqual([])
})

test('what says the same as before is the same object, so that it is not stored again', () => {
  const history = createRollupHistory(day, FIRST_HOUR)
  history.set({ hour: FIRST_HOUR, ...codex }, { samples: 3, successes: 3 })
  const other = { hour: FIRST_HOUR, modelName: 'other', provider: 'other', instanceId: '1' }
  history.set(other, { samples: 3 })
  const [first, second] = expectSame(history).cells
  history.set(other, { samples: 4 })
  const [unchanged, changed] = expectSame(history).cells
  expect(unchanged).toBe(first)
  expect(changed).not.toBe(second)
  history.hours(1)
  expect(expectSame(history).cells[0]).toBe(first)
})

const anyRollup = fc.record({
  age: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -24, max: 80 })),
  model: fc.constantFrom(
    { modelName: 'codex', provider: 'codex' },
    { modelName: 'gpt-5-codex', provider: 'unknown' },
    { modelName: 'other', provider: 'other' },
  ),
  instanceId: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  // Mostly like the others, sometimes a flood of lies; below nothing while a correction is under way.
  samples: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -3, max: 900 })),
  winRate: fc.constantFrom(0, 0.7, 0.8, 0.8, 0.9),
  quality: fc.constantFrom(0.1, 0.5, 0.7),
  drawnShare: fc.constantFrom(0, 0, 0.01, 0.5, 1),
  transportFailures: fc.integer({ min: 0, max: 2 }),
})

const anyStep = fc.record({
  rollups: fc.array(anyRollup, { maxLength: 8 }),
  hours: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 40 }) },
  ),
  verdicts: fc.constantFrom<Record<string, Verdict>>(
    {},
    {},
    { '1': 'quarantined' },
    { '2': 'trusted' },
  ),
})

test('property: a window that follows every change has the same sums as one that is read again', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 12 }), (steps) => {
      const history = createRollupHistory(day, FIRST_HOUR)
      let now = FIRST_HOUR
      for (const { rollups, hours, verdicts } of steps) {
        for (const rollup of rollups) {
          const { age, model, instanceId, samples, winRate, quality, drawnShare, ...sums } = rollup
          const drawnSamples = Math.round(samples * drawnShare)
          history.set(
            { hour: now - age, ...model, instanceId },
            {
              ...{ ...sums, samples, successes: Math.round(samples * winRate) },
              ...{ qualitySum: samples * quality, qualityCount: samples },
              ...{ drawnSamples, drawnSuccesses: Math.round(drawnSamples * winRate) },
              ...{ drawnQualitySum: drawnSamples * quality, drawnQualityCount: drawnSamples },
              ...{ drawWeightSum: 3 * drawnSamples, drawWeightSquareSum: 9 * drawnSamples },
            },
          )
        }
        expectSame(history, new Map(Object.entries(verdicts)))
        history.hours(hours)
        now += hours
        expectSame(history, new Map(Object.entries(verdicts)))
      }
    }),
    { numRuns: 60 },
  )
})
