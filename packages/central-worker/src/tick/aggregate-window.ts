// From the window's rows to everything that is known: pure, no clock and no I/O, for benchmarks and
// tests. A tick does the same with sums and results that it keeps. The order of the rows does not matter.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import {
  type AggregatedWindow,
  CellResults,
  type Circumstances,
  type ResultOptions,
} from '../cells/cell-results.ts'
import { createNaming } from '../window/merge-names.ts'
import type { WindowRow } from '../window/window-row.ts'
import { WindowSums } from '../window/window-sums.ts'

export interface AggregateWindowOptions extends ResultOptions, Pick<Circumstances, 'hour'> {
  /** The operator's own catalogue. */
  readonly catalogue?: readonly CatalogueEntry[]
  /** Operators' words, by instance. Default: none. */
  readonly verdicts?: Circumstances['verdicts']
}

export function aggregateWindow(
  rows: readonly WindowRow[],
  { catalogue, verdicts = new Map(), hour, ...options }: AggregateWindowOptions,
): AggregatedWindow {
  const sums = new WindowSums(createNaming(catalogue))
  for (const row of rows) sums.addRow(row)
  return runAtOnce(new CellResults(options).follow(sums, { hour, verdicts }))
}
