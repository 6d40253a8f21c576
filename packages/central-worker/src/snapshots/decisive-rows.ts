// What a large table shows of its cells: a row is repeated as it was published until its cell has changed
// decisively, so that clients receive what matters. Guarantees: a shown row is off by less than its own
// uncertainty hides, and is brought up to date after REFRESH_VERSIONS at the latest. Only what is published is
// held back; metrics and history are exact.
//   An own outcome leaves a client's overlay by the queue watermark, even where the row of its cell is held
// back: up to MASS_TOLERANCE of a cell's outcomes may be unseen for that long. Below 20 outcomes every single
// one is decisive.
import {
  type CellValues,
  cellKey,
  cellValuesAt,
  type SnapshotContent,
  taskNames,
} from '@winrate/shared-schema/contracts'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import type { LearnedSimilarity } from '../cells/learn-similarity.ts'
import type { LearnedDependence } from '../escalation/learn-dependence.ts'

/** A table of this many cells is 30 kB on the wire: below, holding back would gain little. */
export const LARGE_TABLE_CELLS = 1_000

/** Versions after which a row is brought up to date whatever changed: 4 hours, with a tick a minute. */
const REFRESH_VERSIONS = 240

/** Share of its outcomes that may be missing from a row: its standard error is off by half of that. */
const MASS_TOLERANCE = 0.05
/** How far a rate may be off, in standard errors. */
const RATE_TOLERANCE = 0.25
const QUALITY_TOLERANCE = 0.02
/** Share by which a time or cost may be off: far less than what decisions weigh. */
const MEASURE_TOLERANCE = 0.05
const SIMILARITY_TOLERANCE = 0.02
/** Moves what is expected of a second attempt by up to a point. */
const DEPENDENCE_TOLERANCE = 0.1

export function rowOf(cell: CellMetrics): CellValues {
  const prior = priorKnowledge(cell)
  return {
    samples: cell.samples,
    successes: cell.successes,
    quality: cell.avgQuality,
    responseTimeMs: cell.typicalResponseTimeMs,
    costUsd: cell.typicalCostUsd,
    evidence: cell.evidence,
    reward: cell.reward ?? 0,
    fadedEvidence: prior.mass,
    fadedReward: prior.reward,
  }
}

/** What shapes the prior only: to clients it is one, whether it has left the window or nobody drew it. */
function priorKnowledge(cell: CellMetrics): { readonly mass: number; readonly reward: number } {
  const { fadedEvidence, undrawnEvidence } = cell
  const mass = Number((fadedEvidence + undrawnEvidence).toFixed(3))
  const sum = fadedEvidence * (cell.fadedReward ?? 0) + undrawnEvidence * (cell.undrawnReward ?? 0)
  return { mass, reward: mass > 0 ? Math.min(1, Number((sum / mass).toFixed(6))) : 0 }
}

/** The row to show for each cell, given what was published before. */
export function decisiveRows(
  cells: readonly CellMetrics[],
  version: number,
  published: SnapshotContent,
): readonly CellValues[] {
  const shown = publishedRows(published)
  return cells.map((cell) => {
    const row = rowOf(cell)
    const key = cellKey(cell)
    const before = shown.get(key)
    const isDue = phaseOf(key) === version % REFRESH_VERSIONS
    return before === undefined || isDue || isDecisive(before, row) ? row : before
  })
}

/** The similarities to show: a value is repeated until it has moved decisively. */
export function decisiveSimilarity(
  similarity: readonly LearnedSimilarity[],
  published: SnapshotContent,
): readonly LearnedSimilarity[] {
  const { similarity: shown } = published
  const tasks = taskNames(published)
  const before = new Map(
    shown?.value.map((value, at) => [
      `${tasks[shown.one[at] ?? -1]} ${tasks[shown.other[at] ?? -1]}`,
      value,
    ]),
  )
  return similarity.map((pair) => {
    const value = before.get(`${pair.one} ${pair.other}`)
    const keeps = value !== undefined && Math.abs(value - pair.value) < SIMILARITY_TOLERANCE
    return keeps ? { ...pair, value } : pair
  })
}

/** The dependences to show: a value is repeated until it has moved decisively. */
export function decisiveDependence(
  learned: readonly LearnedDependence[],
  published: SnapshotContent,
): readonly LearnedDependence[] {
  const { escalation } = published
  const tasks = taskNames(published)
  const before = new Map(
    escalation?.dependence.map((value, at) => [tasks[escalation.task[at] ?? -1], value]),
  )
  return learned.map((one) => {
    const value = before.get(one.taskType)
    const keeps = value !== undefined && Math.abs(value - one.dependence) < DEPENDENCE_TOLERANCE
    return keeps ? { ...one, dependence: value } : one
  })
}

/** Spreads cells over versions; by name, because a cell's place changes when other cells come or go. */
function phaseOf(key: string): number {
  let hash = 0
  for (let at = 0; at < key.length; at += 1) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0
  }
  return (hash >>> 0) % REFRESH_VERSIONS
}

function isDecisive(before: CellValues, now: CellValues): boolean {
  return (
    massMoved(before.samples, now.samples) ||
    massMoved(before.evidence, now.evidence) ||
    massMoved(before.fadedEvidence, now.fadedEvidence) ||
    rateMoved(winRateOf(before), winRateOf(now), before.samples) ||
    rateMoved(before.reward, now.reward, before.evidence) ||
    rateMoved(before.fadedReward, now.fadedReward, before.fadedEvidence) ||
    moved(before.quality, now.quality, () => QUALITY_TOLERANCE) ||
    moved(before.responseTimeMs, now.responseTimeMs, measureTolerance) ||
    moved(before.costUsd, now.costUsd, measureTolerance)
  )
}

function massMoved(before: number, now: number): boolean {
  return before !== now && Math.abs(now - before) >= MASS_TOLERANCE * before
}

/** As if there were one success and one failure more: a rate of 1 is uncertain too. */
function rateMoved(before: number, now: number, mass: number): boolean {
  const likely = (mass * before + 1) / (mass + 2)
  const standardError = Math.sqrt((likely * (1 - likely)) / (mass + 2))
  return before !== now && Math.abs(now - before) >= RATE_TOLERANCE * standardError
}

function moved(
  before: number | null,
  now: number | null,
  tolerance: (before: number) => number,
): boolean {
  if (before === null || now === null) return before !== now
  return before !== now && Math.abs(now - before) >= tolerance(before)
}

function measureTolerance(before: number): number {
  return MEASURE_TOLERANCE * before
}

function winRateOf({ samples, successes }: CellValues): number {
  return samples > 0 ? successes / samples : 0
}

function publishedRows(published: SnapshotContent): ReadonlyMap<string, CellValues> {
  const { models, cells } = published
  const tasks = taskNames(published)
  return new Map(
    cells.task.map((task, at) => {
      const { name = '', provider = '', thinkingLevel } = models[cells.model[at] ?? -1] ?? {}
      const key = cellKey({ taskType: tasks[task] ?? '', modelName: name, provider, thinkingLevel })
      return [key, cellValuesAt(cells, at)]
    }),
  )
}
