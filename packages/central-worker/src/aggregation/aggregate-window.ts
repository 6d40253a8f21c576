// From the window's rows to everything that is known: pure, no clock and no I/O, so that the tick and
// the benchmarks run the same code. The order of the rows does not matter.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import type { ConfidenceParameters } from '@winrate/shared-schema/scoring'
import { type CellMetrics, cellMetrics } from './cell-metrics.ts'
import { groupWindow } from './group-window.ts'
import {
  type InstanceDifference,
  judgeInstances,
  type Quarantine,
  type Verdict,
} from './judge-instances.ts'
import { type LearnedSimilarity, learnSimilarity } from './learn-similarity.ts'
import { createNaming } from './merge-names.ts'
import type { WindowRow } from './read-window.ts'

/** A cell whose window is empty is kept while its faded outcomes add up to this. */
const LEAST_FADED_EVIDENCE = 0.5

export interface AggregateWindowOptions {
  /** The beginning of the hour that the rows' ages are counted from. */
  readonly hour: Date
  /** Default: the confidence of docs/scoring.md. */
  readonly confidence?: ConfidenceParameters | undefined
  /** Share of the reward that a reported quality decides, 0 to 1. Default 0.2. */
  readonly qualityWeight?: number | undefined
  /** Names under which other producers' outcomes are counted. Default: all names as they come. */
  readonly knownModels?: readonly CatalogueEntry[]
  /** Operators' words, by instance. Default: none. */
  readonly verdicts?: ReadonlyMap<string, Verdict>
}

export interface AggregatedWindow {
  /** In order of their names. */
  readonly cells: readonly CellMetrics[]
  /** What was left out, and why. */
  readonly quarantines: readonly Quarantine[]
  /** Instances that differ where no majority says otherwise: counted, but worth a look. */
  readonly differences: readonly InstanceDifference[]
  /** How alike task types are, where that differs from the documented table. */
  readonly similarity: readonly LearnedSimilarity[]
  /** Every outcome in the window, whether or not something leaves it out of the samples. */
  readonly outcomes: number
}

/** Leaves out who differs, cuts at breaks, caps, fades, and learns how alike task types are. */
export function aggregateWindow(
  rows: readonly WindowRow[],
  { knownModels = [], verdicts = new Map(), ...options }: AggregateWindowOptions,
): AggregatedWindow {
  const windows = groupWindow(rows, createNaming(knownModels))
  const { quarantines, differences, isLeftOut } = judgeInstances(windows, verdicts)
  const cells = windows
    .map((window) => cellMetrics(window, { ...options, isLeftOut }))
    .filter(isWorthKeeping)
  let outcomes = 0
  for (const { instances } of windows) for (const { samples } of instances) outcomes += samples
  return { cells, quarantines, differences, similarity: learnSimilarity(cells), outcomes }
}

function isWorthKeeping(cell: CellMetrics): boolean {
  const { samples, transportFailures, quarantinedSamples, fadedEvidence } = cell
  return (
    samples + transportFailures + quarantinedSamples > 0 || fadedEvidence >= LEAST_FADED_EVIDENCE
  )
}
