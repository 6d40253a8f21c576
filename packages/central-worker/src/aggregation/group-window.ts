// Lays the window's rows out by cell, instance and span. What comes out does not depend on the order
// of the rows.
import { createNaming, type ModelName } from './merge-names.ts'
import type { WindowRow } from './read-window.ts'
import { FADED_SPAN, WINDOW_SPANS } from './window-spans.ts'

/** What outcomes add up to. */
export interface OutcomeSums {
  samples: number
  successes: number
  transportFailures: number
  qualitySum: number
  qualityCount: number
  responseTimeSumMs: number
  responseTimeCount: number
  costSumUsd: number
  costCount: number
}

/** What one instance did in one cell. */
export interface InstanceWindow {
  readonly instanceId: string
  /** By span, the faded one last; undefined where nothing was. */
  readonly spans: readonly (OutcomeSums | undefined)[]
  /** Outcomes in the window that count, before anything is left out. */
  readonly samples: number
  readonly successes: number
}

/** One (task type, provider, model, thinking level) with its instances in order of their names. */
export interface CellWindow {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  readonly thinkingLevel: string
  readonly instances: readonly InstanceWindow[]
}

type Spans = (OutcomeSums | undefined)[]

interface Collected {
  readonly cell: Omit<CellWindow, 'instances'>
  readonly instances: Map<string, Spans>
}

/** The cells in order of their names, under the catalogue's. */
export function groupWindow(
  rows: readonly WindowRow[],
  nameOf: (given: ModelName) => ModelName = createNaming([]),
): readonly CellWindow[] {
  const cells = new Map<string, Collected>()
  for (const row of rows) {
    const { modelName, provider } = nameOf(row)
    const { taskType, thinkingLevel } = row
    // No text of Postgres contains the separator.
    const id = `${taskType}\0${modelName}\0${provider}\0${thinkingLevel}`
    let collected = cells.get(id)
    if (collected === undefined) {
      const cell = { taskType, modelName, provider, thinkingLevel }
      collected = { cell, instances: new Map() }
      cells.set(id, collected)
    }
    let spans = collected.instances.get(row.instanceId)
    if (spans === undefined) {
      spans = new Array<OutcomeSums | undefined>(FADED_SPAN + 1).fill(undefined)
      collected.instances.set(row.instanceId, spans)
    }
    const sums = spans[row.span]
    if (sums === undefined) spans[row.span] = sumsOf(row)
    else addSums(sums, row)
  }
  return [...cells.entries()].sort(byName).map(([, { cell, instances }]) => ({
    ...cell,
    instances: [...instances.entries()].sort(byName).map(instanceWindow),
  }))
}

export function noSums(): OutcomeSums {
  return {
    samples: 0,
    successes: 0,
    transportFailures: 0,
    qualitySum: 0,
    qualityCount: 0,
    responseTimeSumMs: 0,
    responseTimeCount: 0,
    costSumUsd: 0,
    costCount: 0,
  }
}

/** Adds `more`, weighted, to `sums`. */
export function addSums(sums: OutcomeSums, more: OutcomeSums, weight = 1): void {
  sums.samples += weight * more.samples
  sums.successes += weight * more.successes
  sums.transportFailures += weight * more.transportFailures
  sums.qualitySum += weight * more.qualitySum
  sums.qualityCount += weight * more.qualityCount
  sums.responseTimeSumMs += weight * more.responseTimeSumMs
  sums.responseTimeCount += weight * more.responseTimeCount
  sums.costSumUsd += weight * more.costSumUsd
  sums.costCount += weight * more.costCount
}

function sumsOf(row: WindowRow): OutcomeSums {
  const sums = noSums()
  addSums(sums, row)
  return sums
}

function instanceWindow([instanceId, spans]: readonly [string, Spans]): InstanceWindow {
  let samples = 0
  let successes = 0
  for (let span = 0; span < WINDOW_SPANS; span += 1) {
    samples += spans[span]?.samples ?? 0
    successes += spans[span]?.successes ?? 0
  }
  // A correction that is being applied may leave a sum below zero for a moment.
  samples = Math.max(0, samples)
  return { instanceId, spans, samples, successes: Math.min(samples, Math.max(0, successes)) }
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
