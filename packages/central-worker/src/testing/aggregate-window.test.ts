import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aRow, fleetRows, seededRandom } from '../window/testing/window-rows.ts'
import { FADED_SPAN, spanOf } from '../window/window-spans.ts'
import type { WindowRow } from './aggregate-window.ts'
import { aggregateWindow } from './aggregate-window.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const aggregate = (rows: readonly WindowRow[]) => aggregateWindow(rows, { hour })
const theCell = (rows: readonly WindowRow[]) => {
  const { cells } = aggregate(rows)
  expect(cells).toHaveLength(1)
  return cells[0]!
}

test('one instance that differs has three times the mass of a typical one at most', () => {
  const fleet = Array.from({ length: 5 }, (): [number, number] => [100, 80])
  const cell = theCell(fleetRows([...fleet, [10_000, 6_000]]))
  expect(cell).toMatchObject({ samples: 10_500, winRate: 6_400 / 10_500 })
  expect(cell.evidence).toBeGreaterThan(500)
  expect(cell.evidence).toBeLessThan(800)
})

test('where everybody has few outcomes they all count', () => {
  expect(
    theCell(
      fleetRows([
        [2, 1],
        [1, 1],
        [30, 20],
      ]),
    ).evidence,
  ).toBe(33)
})

test('the reward gives a reported quality its weight, by the share of outcomes that report one', () => {
  const rows = [aRow({ samples: 10, successes: 8, qualityCount: 5, qualitySum: 2 })]
  expect(theCell(rows).reward).toBeCloseTo(0.9 * 0.8 + 0.1 * 0.4, 6)
  const [cell] = aggregateWindow(rows, { hour, qualityWeight: 0 }).cells
  expect(cell?.reward).toBe(0.8)
})

test('a quarantined instance counts nowhere, and it is said how much that leaves out', () => {
  const rows = [
    ...fleetRows([
      [40, 32],
      [40, 30],
      [40, 33],
      [40, 31],
      [500, 0],
    ]),
    aRow({ instanceId: 'instance-5', span: FADED_SPAN, samples: 90 }),
  ]
  const { cells, outcomes } = aggregateWindow(rows, {
    hour,
    verdicts: new Map([['instance-5', 'quarantined']]),
  })
  expect(cells).toMatchObject([
    { samples: 160, successes: 126, evidence: 160, fadedEvidence: 0, quarantinedSamples: 500 },
  ])
  expect(cells[0]?.instances).toBe(4)
  expect(outcomes).toBe(660)
})

test('a cell of which everything is left out stays visible', () => {
  const [cell] = aggregateWindow(fleetRows([[50, 50]]), {
    hour,
    verdicts: new Map([['instance-1', 'quarantined']]),
  }).cells
  expect(cell).toMatchObject({ samples: 0, evidence: 0, reward: null, quarantinedSamples: 50 })
})

test('a cell counts from its newest break on, and says since when', () => {
  const cell = theCell([
    aRow({ span: 0, samples: 20, successes: 4 }),
    aRow({ span: 1, samples: 20, successes: 6 }),
    aRow({ span: 4, samples: 400, successes: 360 }),
    aRow({ span: FADED_SPAN, samples: 300, successes: 270 }),
  ])
  expect(cell).toMatchObject({ samples: 40, successes: 10, evidence: 40, fadedEvidence: 0 })
  // The newest border that separates them: between the hours before and what was 2 hours ago.
  expect(cell.changedAt).toEqual(new Date('2026-11-22T09:00:00Z'))
})

test('what one instance flooded before the window is capped too, and makes no break', () => {
  const fleet = Array.from({ length: 3 }, (): [number, number] => [20, 17])
  const before = Array.from({ length: 3 }, (): [number, number] => [200, 170])
  const cell = theCell([
    ...fleetRows([...fleet, [5, 4]]),
    ...fleetRows([...before, [10_000, 0]], { span: FADED_SPAN }),
  ])
  expect(cell.fadedEvidence).toBe(1_200)
})

test('after a break has left the window, what was before it does not come back as faded', () => {
  const cell = theCell([
    aRow({ span: 2, samples: 200, successes: 60 }),
    aRow({ span: FADED_SPAN, samples: 300, successes: 270 }),
  ])
  expect(cell).toMatchObject({ samples: 200, fadedEvidence: 0, fadedReward: null, changedAt: null })
})

test('a vanished cell fades: it stays while half an outcome is left of it', () => {
  const faded = (samples: number) =>
    aggregate([aRow({ span: FADED_SPAN, samples, successes: samples / 2 })]).cells
  expect(faded(0.6)).toMatchObject([
    { samples: 0, evidence: 0, reward: null, fadedEvidence: 0.6, fadedReward: 0.5 },
  ])
  expect(faded(0.4)).toEqual([])
})

test('sums below zero, while a correction is being applied, count as none', () => {
  const { cells, outcomes } = aggregate([
    aRow({ samples: -1, successes: -1 }),
    aRow({ instanceId: 'other', samples: 2, successes: 3 }),
  ])
  expect(cells[0]).toMatchObject({ successes: cells[0]?.samples, reward: 1 })
  expect(outcomes).toBe(2)
})

test("counts other producers' names for a model under the catalogue's, as one instance", () => {
  const catalogue = [{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }]
  const rows = [
    aRow({ samples: 4, successes: 4 }),
    aRow({ modelName: 'gpt-5-codex', samples: 4 }),
    aRow({ modelName: 'gpt-5-codex', provider: 'unknown', samples: 2 }),
  ]
  expect(aggregateWindow(rows, { hour, catalogue }).cells).toMatchObject([
    { modelName: 'codex', provider: 'codex', samples: 10, successes: 4, instances: 1 },
  ])
})

test('names that only look alike when joined stay two cells', () => {
  const { cells } = aggregate([
    aRow({ modelName: 'a\nb', provider: 'c', samples: 1 }),
    aRow({ modelName: 'a', provider: 'b\nc', samples: 1 }),
  ])
  expect(cells).toHaveLength(2)
})

const anyRow = fc
  .record({
    modelName: fc.constantFrom('a', 'b'),
    instanceId: fc.constantFrom('1', '2', '3', '4', '5', '6'),
    span: fc.integer({ min: 0, max: FADED_SPAN }),
    samples: fc.integer({ min: -2, max: 2_000 }),
    successShare: fc.double({ min: 0, max: 1, noNaN: true }),
    qualityShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ successShare, qualityShare, ...row }) => {
    const samples = Math.max(0, row.samples)
    const qualityCount = Math.round(samples * qualityShare)
    return aRow({
      ...row,
      successes: Math.round(samples * successShare),
      qualityCount,
      qualitySum: qualityCount / 2,
      costSumUsd: samples / 8,
      costCount: samples,
    })
  })

test('of decisions too young to compare, outcomes are shown and are no evidence, break or difference', () => {
  const rows = [
    ...fleetRows(
      [
        [30, 0],
        [30, 2],
        [30, 1],
        [30, 0],
        [300, 0],
      ],
      { span: 0 },
    ),
    ...fleetRows(
      [
        [40, 32],
        [40, 30],
        [40, 33],
        [40, 31],
        [40, 33],
      ],
      { span: 4 },
    ),
  ]
  const comparedFrom = new Map([['coding', 4]])
  const { cells, quarantines } = aggregateWindow(rows, { hour, comparedFrom })
  expect(cells).toMatchObject([{ samples: 620, successes: 162, evidence: 200, changedAt: null }])
  expect(cells[0]?.reward).toBeCloseTo(159 / 200, 6)
  expect(quarantines).toEqual([])
  expect(aggregate(rows).cells[0]?.changedAt).not.toBeNull()
})

test('property: the order of the rows does not matter', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyRow, { maxLength: 60 })
        .chain((rows) =>
          fc.tuple(
            fc.constant(rows),
            fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
          ),
        ),
      ([rows, shuffled]) => {
        expect(aggregate(shuffled)).toEqual(aggregate(rows))
      },
    ),
  )
})

test('property: evidence is never more than the samples, and every number has its range', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 60 }), (rows) => {
      const { cells, quarantines, outcomes } = aggregate(rows)
      let told = 0
      for (const cell of cells) {
        told += cell.samples + cell.quarantinedSamples
        expect(cell.evidence).toBeLessThanOrEqual(cell.samples)
        expect(cell.successes).toBeLessThanOrEqual(cell.samples)
        expect(cell.reward === null).toBe(cell.evidence === 0)
        expect(cell.fadedReward === null).toBe(cell.fadedEvidence === 0)
        for (const share of [cell.reward ?? 0, cell.fadedReward ?? 0, cell.winRate]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
      }
      expect(told).toBeLessThanOrEqual(outcomes)
      for (const { samples } of quarantines) expect(samples).toBeGreaterThan(0)
    }),
  )
})

test('a fleet of equals at constant rates: a false break in a cell every third week at most, and hardly a quarantine', () => {
  const WEEKS = 30
  let breaks = 0
  let quarantines = 0
  for (let seed = 1; seed <= WEEKS; seed += 1) {
    const found = falseAlarms(seed)
    breaks += found.breaks
    quarantines += found.quarantines
  }
  // Measured: 0.01 to 0.2 breaks a week by rate and traffic, each gone within hours.
  expect(breaks / WEEKS).toBeLessThan(1 / 3)
  expect(quarantines / WEEKS).toBeLessThan(1 / 10)
})

/** A week of a cell, looked at every hour: how often an alarm began. */
function falseAlarms(seed: number): { breaks: number; quarantines: number } {
  const random = seededRandom(seed)
  const byHour: [samples: number, successes: number][][] = []
  let breaks = 0
  let quarantines = 0
  let wasBroken = false
  let wereLeftOut = 0
  for (let now = 0; now < 168; now += 1) {
    byHour.push(
      Array.from({ length: 10 }, () => {
        const samples = random() < 0.5 ? 1 : 0
        return [samples, samples === 1 && random() < 0.8 ? 1 : 0]
      }),
    )
    const bySpan: [samples: number, successes: number][][] = []
    byHour.forEach((sums, began) => {
      const span = spanOf(now - began, 168)
      const before = bySpan[span]
      bySpan[span] = sums.map(([samples, successes], instance) => {
        const [sampled, succeeded] = before?.[instance] ?? [0, 0]
        return [sampled + samples, succeeded + successes]
      })
    })
    const rows = bySpan.flatMap((sums, span) => fleetRows(sums, { span }))
    const { cells, quarantines: leftOut } = aggregate(rows)
    const isBroken = cells[0]?.changedAt != null
    if (isBroken && !wasBroken) breaks += 1
    quarantines += Math.max(0, leftOut.length - wereLeftOut)
    wasBroken = isBroken
    wereLeftOut = leftOut.length
  }
  return { breaks, quarantines }
}
