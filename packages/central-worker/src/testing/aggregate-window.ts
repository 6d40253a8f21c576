// From the window's rows to everything that follows from them: pure, without a clock and without I/O. A tick
// does the same with sums and results that it keeps. The order of the rows does not matter.
import type { CatalogueEntry, CellName } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { CellResults, type Findings, type ResultOptions } from '../cells/cell-results.ts'
import type { Circumstances } from '../cells/circumstances.ts'
import { cellBudget } from '../window/cell-budget.ts'
import { createNaming } from '../window/create-naming.ts'
import type { OutcomeSums } from '../window/outcome-sums.ts'
import type { CellHour } from '../window/read-rollups.ts'
import { FADED_SPAN, SPAN_BORDERS, weightAt, windowShape } from '../window/window-spans.ts'
import { WindowSums } from '../window/window-sums.ts'

/** Sums of the outcomes of one cell, instance and span of ages. */
export interface WindowRow extends CellName, Readonly<OutcomeSums> {
  readonly instanceId: string
  /** As `spanOf` counts them; the sums of the faded one are weighted by age. */
  readonly span: number
}

interface AggregateWindowOptions extends ResultOptions, Pick<Circumstances, 'hour' | 'knowsDraws'> {
  /** The operator's own catalogue. */
  readonly catalogue?: readonly CatalogueEntry[]
  /** Operators' verdicts, by instance. Default: none. */
  readonly verdicts?: Circumstances['verdicts']
  /** Task types of which one verdict arrives late, with the first span that has both. Default: none. */
  readonly comparedFrom?: Circumstances['comparedFrom']
  /** Failures that nobody reported, by key of the cell. Default: none. */
  readonly missing?: Circumstances['missing']
  /** Whom the tick before left out. Default: nobody. */
  readonly leftOut?: Circumstances['leftOut']
}

/** More than any test or benchmark makes. */
const MOST_CELLS = 1_000_000

/** Any window will do: a row says by its span where in the window it is. */
const shape = windowShape({ windowDays: 7, retentionDays: 30 })

export function aggregateWindow(
  rows: readonly WindowRow[],
  {
    catalogue,
    verdicts = new Map(),
    hour,
    knowsDraws,
    comparedFrom,
    missing,
    leftOut,
    ...options
  }: AggregateWindowOptions,
): Findings {
  const sums = new WindowSums({ nameOf: createNaming(catalogue), budget: cellBudget(MOST_CELLS) })
  for (const row of rows) sums.add(asCellHour(row), 0, shape)
  const circumstances = { hour, verdicts, knowsDraws, comparedFrom, missing, leftOut }
  return runAtOnce(new CellResults(options).update(sums, circumstances))
}

/** As if all outcomes of the row were of the first hour of its span, counted from hour 0. */
function asCellHour(row: WindowRow): CellHour {
  return {
    taskType: row.taskType,
    modelName: row.modelName,
    provider: row.provider,
    thinkingLevel: row.thinkingLevel,
    hour: -firstAgeOf(row.span),
    instanceIds: [row.instanceId],
    // One by one and in the order of SUM_NAMES: benchmarks make millions of rows.
    sums: Float64Array.of(
      row.samples,
      row.successes,
      row.transportFailures,
      row.qualitySum,
      row.qualityCount,
      row.responseTimeSumMs,
      row.responseTimeCount,
      row.costSumUsd,
      row.costCount,
      row.responseTimeRootSum,
      row.costRootSum,
      row.drawnSamples,
      row.drawnSuccesses,
      row.drawnQualitySum,
      row.drawnQualityCount,
      row.drawWeightSum,
      row.drawWeightSquareSum,
      row.inputTokenSum,
      row.cacheReadTokenSum,
      row.outputTokenSum,
      row.tokenCount,
    ),
  }
}

/** The lowest age in hours of a span; an hour of that age has the full weight. */
function firstAgeOf(span: number): number {
  return span === FADED_SPAN ? shape.windowHours : (SPAN_BORDERS[span - 1] ?? 0)
}

/** What an outcome of that age still weighs: 1 in the window, then less with age, and 0 behind the faded tail. */
export function fadedWeight(ageHours: number, windowHours: number): number {
  const { endHours } = windowShape({
    windowDays: windowHours / 24,
    retentionDays: Number.POSITIVE_INFINITY,
  })
  return ageHours >= endHours ? 0 : weightAt(ageHours, windowHours)
}
