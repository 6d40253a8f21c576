import { expect, test } from 'vitest'
import { buildSnapshot, type SnapshotFrame } from '../snapshots/build-snapshot.ts'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow } from '../window/testing/window-rows.ts'
import { FADED_SPAN } from '../window/window-spans.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const cellsOf = (rows: readonly WindowRow[]) => aggregateWindow(rows, { hour }).cells

const drawn = (samples: number, successes: number, fields: Partial<WindowRow> = {}) =>
  aRow({ samples, successes, drawnSamples: samples, drawnSuccesses: successes, ...fields })

test('where enough is drawn, undrawn outcomes are no evidence: they shape the prior, and people see all', () => {
  const [cell] = cellsOf([
    drawn(400, 320, { instanceId: 'a' }),
    aRow({ instanceId: 'b', samples: 500, successes: 200 }),
  ])
  expect(cell).toMatchObject({
    ...{ samples: 900, successes: 520, winRate: 520 / 900 },
    ...{ evidence: 400, reward: 0.8, undrawnEvidence: 500, undrawnReward: 0.4 },
  })
})

test('an instance may draw some of its outcomes and not others', () => {
  const row = aRow({ samples: 300, successes: 200, drawnSamples: 200, drawnSuccesses: 150 })
  expect(cellsOf([row])[0]).toMatchObject({
    ...{ evidence: 200, reward: 0.75, undrawnEvidence: 100, undrawnReward: 0.5 },
  })
})

test('each part has the quality of its own outcomes', () => {
  const row = aRow({
    ...{ samples: 400, successes: 400, qualitySum: 260, qualityCount: 400 },
    ...{ drawnSamples: 200, drawnSuccesses: 200, drawnQualitySum: 180, drawnQualityCount: 200 },
  })
  const [cell] = cellsOf([row])
  expect(cell?.reward).toBeCloseTo(0.8 + 0.2 * 0.9, 6)
  expect(cell?.undrawnReward).toBeCloseTo(0.8 + 0.2 * 0.4, 6)
})

test('where nothing is drawn, everything is evidence: learning from reports alone', () => {
  const [cell] = cellsOf([aRow({ samples: 5_000, successes: 4_000 })])
  expect(cell).toMatchObject({ evidence: 5_000, reward: 0.8, undrawnEvidence: 0 })
  expect(cell?.undrawnReward).toBeNull()
})

test('undrawn outcomes count less with each drawn one of their task type, whatever its model', () => {
  const evidence = [0, 25, 50, 99, 100, 1_000].map((count) => {
    const rows = [
      aRow({ samples: 200, successes: 100 }),
      drawn(count, count, { modelName: 'other' }),
      drawn(1_000, 900, { taskType: 'chat' }),
    ]
    return cellsOf(rows).find(
      ({ taskType, modelName }) => `${taskType} ${modelName}` === 'coding codex',
    )
  })
  expect(evidence.map((cell) => cell?.evidence)).toEqual([200, 150, 100, 2, 0, 0])
  expect(evidence.map((cell) => cell?.undrawnEvidence)).toEqual([0, 50, 100, 198, 200, 200])
  expect(evidence.map((cell) => cell?.reward)).toEqual([0.5, 0.5, 0.5, 0.5, null, null])
})

test('what a left-out instance claims to have drawn does not silence the others', () => {
  const rows = [aRow({ samples: 200, successes: 100 }), drawn(900, 900, { instanceId: 'liar' })]
  const verdicts = new Map([['liar', 'quarantined' as const]])
  expect(aggregateWindow(rows, { hour, verdicts }).cells[0]).toMatchObject({ evidence: 200 })
})

test('until the sums tell what was drawn, everything is evidence', () => {
  const rows = [drawn(400, 320), aRow({ instanceId: 'b', samples: 500, successes: 200 })]
  const [cell] = aggregateWindow(rows, { hour, knowsDraws: false }).cells
  expect(cell).toMatchObject({ evidence: 900, undrawnEvidence: 0 })
})

test('sums below zero or above the whole, while a correction is being applied, do no harm', () => {
  const [cell] = cellsOf([
    drawn(200, 150, { instanceId: 'a' }),
    aRow({ instanceId: 'b', samples: 10, successes: 9, drawnSamples: 12, drawnSuccesses: 11 }),
    aRow({ instanceId: 'c', samples: 10, successes: 9, drawnSamples: -3, drawnSuccesses: -2 }),
  ])
  expect(cell).toMatchObject({ evidence: 210, undrawnEvidence: 10, undrawnReward: 0.9 })
  expect(cell?.reward).toBeCloseTo(159 / 210, 6)
})

test('clients see undrawn outcomes among the faded ones', () => {
  const cells = cellsOf([
    drawn(400, 320),
    aRow({ instanceId: 'b', samples: 300, successes: 150 }),
    aRow({ instanceId: 'b', span: FADED_SPAN, samples: 100, successes: 70 }),
  ])
  const frame: SnapshotFrame = {
    ...{ epoch: '0198a000-0000-7000-8000-000000000001', version: 1, windowDays: 7, similarity: [] },
    ...{ createdAt: hour.toISOString(), queueWatermark: 1 },
    policy: { kind: 'threshold', exploration: 0 },
  }
  const { fadedEvidence, fadedReward, evidence, reward } = buildSnapshot(frame, cells).cells
  expect({ fadedEvidence, fadedReward, evidence, reward }).toEqual({
    ...{ fadedEvidence: [400], fadedReward: [0.55], evidence: [400], reward: [0.8] },
  })
})
