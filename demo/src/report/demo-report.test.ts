import { expect, test } from 'vitest'
import type { SuccessRates } from '../baselines/compare-routing.ts'
import { buildReport, isComplete, type ReportInput } from './demo-report.ts'
import { percentile } from './percentile.ts'

const rates: SuccessRates = {
  ...{ decisions: 3, random: 1 / 3, first: 1, learned: 2 / 3, learnedLastQuarter: null },
  ...{ bestSingle: 1, bestPerTask: 1 },
}

const input: ReportInput = {
  comparison: {
    ...{ overall: rates, tasks: { coding: rates } },
    ...{ bestSingle: [], first: {}, bestPerTask: {} },
  },
  results: [
    {
      kind: 'done',
      queries: Uint32Array.of(0, 1),
      candidates: Uint32Array.of(0, 0),
      heldOut: Uint8Array.of(0, 0),
      routeNs: Float64Array.of(100, 400),
      dropped: {},
    },
    {
      kind: 'done',
      queries: Uint32Array.of(2),
      candidates: Uint32Array.of(0),
      heldOut: Uint8Array.of(0),
      routeNs: Float64Array.of(200),
      dropped: {},
    },
  ],
  state: { stored: 3, rejected: 0, queued: 0, snapshots: 4, inSnapshot: 3 },
  duplicates: 0,
  outcomeToSnapshotMs: 812.4,
}

test('The report has exactly the documented keys', () => {
  const report = buildReport(input)
  expect(Object.keys(report)).toEqual([
    ...['published', 'stored', 'duplicates', 'rejected', 'queued', 'snapshots'],
    ...['routeP50Ns', 'routeP99Ns', 'outcomeToSnapshotMs', 'overall', 'tasks'],
  ])
  expect(Object.keys(report.overall)).toEqual([
    ...['decisions', 'random', 'first', 'learned', 'learnedLastQuarter'],
    ...['bestSingle', 'bestPerTask'],
  ])
  expect(report).toMatchObject({ published: 3, routeP50Ns: 200, routeP99Ns: 400 })
})

test('A run is complete only if everything published is stored and nothing is queued or rejected', () => {
  const report = buildReport(input)
  expect(isComplete(report)).toBe(true)
  expect(isComplete({ ...report, stored: 2 })).toBe(false)
  expect(isComplete({ ...report, stored: 4 })).toBe(false)
  expect(isComplete({ ...report, queued: 1 })).toBe(false)
  expect(isComplete({ ...report, rejected: 1 })).toBe(false)
})

test('A percentile uses the nearest rank over all parts', () => {
  const parts = [Float64Array.of(5, 1, 3), Float64Array.of(), Float64Array.of(4, 2)]
  expect(percentile(parts, 0.5)).toBe(3)
  expect(percentile(parts, 0.99)).toBe(5)
  expect(percentile(parts, 0)).toBe(1)
  expect(percentile([], 0.5)).toBe(0)
})
