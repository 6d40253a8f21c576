// What other packages of this repository use of the worker; users run its commands instead.
export {
  type AggregatedWindow,
  type AggregateWindowOptions,
  aggregateWindow,
} from './aggregation/aggregate-window.ts'
export { buildSnapshot, type SnapshotFrame } from './aggregation/build-snapshot.ts'
export type { CellMetrics } from './aggregation/cell-metrics.ts'
export { noSums } from './aggregation/group-window.ts'
export type { InstanceDifference, Quarantine, Verdict } from './aggregation/judge-instances.ts'
export type { LearnedSimilarity } from './aggregation/learn-similarity.ts'
export type { WindowRow } from './aggregation/read-window.ts'
export {
  FADED_SPAN,
  fadedWeight,
  SPAN_BORDERS,
  spanOf,
  WINDOW_SPANS,
} from './aggregation/window-spans.ts'
export { EmbeddedPostgresError } from './postgres/embedded-binaries.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'
