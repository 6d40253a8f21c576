import {
  parseSnapshotText,
  type Snapshot,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import { describe, expect, it } from 'vitest'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import { someMetrics } from '../window/testing/window-rows.ts'
import { buildSnapshot, type SnapshotFrame } from './build-snapshot.ts'
import { LARGE_TABLE_CELLS } from './decisive-rows.ts'

const frame: SnapshotFrame = {
  epoch: '0198a000-0000-7000-8000-000000000001',
  version: 1,
  createdAt: '2026-08-01T12:00:00.000Z',
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0 },
  queueWatermark: 1,
  similarity: [],
}

const large = Array.from({ length: LARGE_TABLE_CELLS }, (_, at) =>
  someMetrics({
    modelName: `model-${String(at).padStart(5, '0')}`,
    samples: 1_000,
    successes: 800,
    evidence: 1_000,
    reward: 0.8,
    fadedEvidence: 300,
    fadedReward: 0.7,
    avgQuality: 0.9,
    typicalResponseTimeMs: 2_000,
    typicalCostUsd: 0.01,
  }),
)

function publish(cells: readonly CellMetrics[], before?: Snapshot, change = {}): Snapshot {
  const version = (before?.version ?? 1) + 1
  return parseSnapshotText(
    writeSnapshotText(buildSnapshot({ ...frame, version, ...change }, cells, before)),
  )
}

/** The table with other metrics of the cell at 500, which no version of these tests refreshes. */
function changed(fields: Partial<CellMetrics>): CellMetrics[] {
  return large.map((cell, at) => (at === 500 ? { ...cell, ...fields } : cell))
}

describe('a large table', () => {
  it.each<[string, Partial<CellMetrics>]>([
    ['some outcomes more at the same rate', { samples: 1_049, successes: 839, evidence: 1_049 }],
    ['a rate within its uncertainty', { successes: 803, reward: 0.803 }],
    ['a little faded', { fadedEvidence: 290 }],
    ['a time that is hardly another', { typicalResponseTimeMs: 2_090 }],
    ['a cost that is hardly another', { typicalCostUsd: 0.0104 }],
    ['a quality that is hardly another', { avgQuality: 0.91 }],
  ])('repeats a row as it was published: %s', (_, fields) => {
    const before = publish(large)
    expect(publish(changed(fields), before).cells).toEqual(before.cells)
  })

  it.each<[string, Partial<CellMetrics>]>([
    ['many outcomes more', { samples: 1_050, successes: 840, evidence: 1_000 }],
    ['much more evidence', { evidence: 1_050 }],
    ['another win rate', { successes: 804 }],
    ['another reward', { reward: 0.804 }],
    ['faded', { fadedEvidence: 284 }],
    ['another faded reward', { fadedReward: 0.69 }],
    ['slower', { typicalResponseTimeMs: 2_100 }],
    ['dearer', { typicalCostUsd: 0.0106 }],
    ['better', { avgQuality: 0.93 }],
    ['without a quality now', { avgQuality: null }],
    ['without a time now', { typicalResponseTimeMs: null }],
  ])('shows the new row of a cell that changed decisively, and only that: %s', (_, fields) => {
    const before = publish(large)
    const exact = publish(changed(fields))
    const after = publish(changed(fields), before)
    expect(after.cells).not.toEqual(before.cells)
    expect(after.cells).toEqual(exact.cells)
  })

  it('shows every outcome of a cell that has few', () => {
    const few = changed({ samples: 19, successes: 15, evidence: 19, reward: 15 / 19 })
    const more = changed({ samples: 20, successes: 15, evidence: 20, reward: 15 / 20 })
    expect(publish(more, publish(few)).cells).toEqual(publish(more).cells)
  })

  it('adds up small changes: what is repeated is what was published, not what was measured', () => {
    let shown = publish(large)
    const seen: (number | undefined)[] = []
    for (const samples of [1_020, 1_040, 1_060, 1_080]) {
      shown = publish(changed({ samples, successes: 0.8 * samples }), shown)
      seen.push(shown.cells.samples[500])
    }
    expect(seen).toEqual([1_000, 1_000, 1_060, 1_060])
  })

  it('brings every row up to date within 240 versions', () => {
    const slightly = large.map((cell) => ({ ...cell, samples: 1_001 }))
    let shown = publish(large)
    for (let version = 0; version < 240; version += 1) shown = publish(slightly, shown)
    expect(shown.cells.samples.every((samples) => samples === 1_001)).toBe(true)
  })

  it('does so where each version has another first cell', () => {
    const slightly = large.map((cell) => ({ ...cell, samples: 1_001 }))
    const comers = Array.from({ length: 240 }, (_, at) =>
      someMetrics({ modelName: `a-${String(999 - at)}` }),
    )
    let shown = publish(large)
    for (let count = 1; count <= 240; count += 1) {
      shown = publish([...comers.slice(0, count).toReversed(), ...slightly], shown)
    }
    expect(shown.cells.samples.slice(240).every((samples) => samples === 1_001)).toBe(true)
  })

  it('shows a cell that comes, and one that goes no more', () => {
    const before = publish(large)
    const other = [...large.slice(1), someMetrics({ modelName: 'newcomer' })]
    expect(publish(other, before).cells).toEqual(publish(other).cells)
    expect(publish(other, before).models).toEqual(publish(other).models)
  })

  it('shows the new row of every cell after a change of the window', () => {
    const slightly = large.map((cell) => ({ ...cell, samples: 1_001 }))
    const after = publish(slightly, publish(large), { windowDays: 14 })
    expect(after.cells.samples[500]).toBe(1_001)
  })

  it('repeats a dependence until it has moved decisively, and one that is new or gone at once', () => {
    const of = (value: number) => ({ dependence: [{ taskType: 'coding', dependence: value }] })
    const before = publish(large, undefined, of(2.3))
    const shown = (value: number) => publish(large, before, of(value)).escalation
    expect(shown(2.39)).toEqual({ task: [0], dependence: [2.3] })
    expect(shown(2.41)).toEqual({ task: [0], dependence: [2.41] })
    expect(publish(large, before).escalation).toBeUndefined()
    expect(publish(large, publish(large), of(2.3)).escalation?.dependence).toEqual([2.3])
  })

  it('repeats a similarity until it has moved decisively', () => {
    const cells = [someMetrics({ taskType: 'chat' }), ...large]
    const similar = (value: number) => ({ similarity: [{ one: 'chat', other: 'coding', value }] })
    const before = publish(cells, undefined, similar(0.6))
    expect(publish(cells, before, similar(0.615)).similarity?.value).toEqual([0.6])
    expect(publish(cells, before, similar(0.621)).similarity?.value).toEqual([0.621])
  })
})

it('a small table shows every change', () => {
  const small = large.slice(0, LARGE_TABLE_CELLS - 1)
  const slightly = small.map((cell) => ({ ...cell, samples: 1_001 }))
  expect(publish(slightly, publish(small)).cells.samples[500]).toBe(1_001)
})
