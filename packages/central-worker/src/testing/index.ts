// For benchmarks and tests of this repository: from outcomes to a snapshot, without a database.
export type { Findings } from '../cells/cell-results.ts'
export { buildSnapshot } from '../snapshots/build-snapshot.ts'
export { noSums } from '../window/outcome-sums.ts'
export { FADED_SPAN, spanOf } from '../window/window-spans.ts'
export { aggregateWindow, fadedWeight, type WindowRow } from './aggregate-window.ts'
