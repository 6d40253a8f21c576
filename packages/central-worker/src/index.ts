// What other packages of this repository use of the worker; users run its commands instead.
export { type AggregateWindowOptions, aggregateWindow } from './aggregation/aggregate-window.ts'
export { type Aggregation, createAggregation } from './aggregation/aggregation-service.ts'
export { buildSnapshot, type SnapshotFrame } from './aggregation/build-snapshot.ts'
export type { CellMetrics } from './aggregation/cell-metrics.ts'
export type { AggregatedWindow } from './aggregation/cell-results.ts'
export type { InstanceDifference, Quarantine, Verdict } from './aggregation/judge-instances.ts'
export type { LearnedSimilarity } from './aggregation/learn-similarity.ts'
export { noSums } from './aggregation/outcome-sums.ts'
export type { WindowRow } from './aggregation/window-row.ts'
export {
  FADED_SPAN,
  fadedWeight,
  SPAN_BORDERS,
  spanOf,
  WINDOW_SPANS,
} from './aggregation/window-spans.ts'
export { createLogger } from './observability/create-logger.ts'
export { EmbeddedPostgresError } from './postgres/embedded-binaries.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'
export { migrateDatabase } from './postgres/migrate.ts'
