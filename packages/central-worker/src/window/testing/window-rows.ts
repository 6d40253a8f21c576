import type { CellMetrics } from '../../cells/cell-metrics.ts'
import type { WindowRow } from '../../testing/aggregate-window.ts'
import { noSums } from '../outcome-sums.ts'

/** A row of the window; `fields` change it. */
export function aRow(fields: Partial<WindowRow> = {}): WindowRow {
  return {
    taskType: 'coding',
    modelName: 'codex',
    provider: 'codex',
    thinkingLevel: '',
    instanceId: 'instance-1',
    span: 0,
    ...noSums(),
    ...fields,
  }
}

/** A row per instance, `instance-1` and on: [samples, successes] of each. */
export function fleetRows(
  instances: readonly (readonly [samples: number, successes: number])[],
  fields: Partial<WindowRow> = {},
): WindowRow[] {
  return instances.map(([samples, successes], at) =>
    aRow({ instanceId: `instance-${at + 1}`, samples, successes, ...fields }),
  )
}

/** The metrics of a cell; `fields` change them. */
export function someMetrics(fields: Partial<CellMetrics> = {}): CellMetrics {
  return {
    taskType: 'coding',
    modelName: 'codex',
    provider: 'codex',
    thinkingLevel: '',
    samples: 100,
    successes: 80,
    winRate: 0.8,
    confidence: 0.6,
    avgQuality: null,
    avgResponseTimeMs: null,
    avgCostUsd: null,
    typicalResponseTimeMs: null,
    typicalCostUsd: null,
    transportFailures: 0,
    instances: 1,
    evidence: 100,
    reward: 0.8,
    fadedEvidence: 0,
    fadedReward: null,
    undrawnEvidence: 0,
    undrawnReward: null,
    changedAt: null,
    quarantinedSamples: 0,
    ...fields,
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
