// What other packages of this repository use of the worker; users run its commands instead.

export type { CellMetrics } from './cells/cell-metrics.ts'
export type { AggregatedWindow } from './cells/cell-results.ts'
export type { LearnedSimilarity } from './cells/learn-similarity.ts'
export { EmbeddedPostgresError } from './embedded-postgres/embedded-binaries.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres/embedded-postgres.ts'
export { createLogger } from './observability/create-logger.ts'
export { migrateDatabase } from './postgres/migrate.ts'
export type { InstanceDifference, Quarantine, Verdict } from './quarantine/judge-instances.ts'
export { buildSnapshot, type SnapshotFrame } from './snapshots/build-snapshot.ts'
export { type AggregateWindowOptions, aggregateWindow } from './tick/aggregate-window.ts'
export { type Aggregation, createAggregation } from './tick/aggregation-service.ts'
export { noSums } from './window/outcome-sums.ts'
export type { WindowRow } from './window/window-row.ts'
export {
  FADED_SPAN,
  fadedWeight,
  SPAN_BORDERS,
  spanOf,
  WINDOW_SPANS,
} from './window/window-spans.ts'
