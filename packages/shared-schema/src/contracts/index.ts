// The wire: what client, worker and other producers of the queue agree on.
export {
  type CatalogueEntry,
  catalogueEntrySchema,
  type DefaultWinRates,
  defaultWinRatesSchema,
  findDefaultWinRate,
  mergeDefaults,
} from './catalogue.ts'
export {
  type CellName,
  cellKey,
  controlCharacter,
  type ModelLevel,
  type ModelName,
  modelKey,
  modelLevelKey,
  sameProvider,
} from './cell-name.ts'
export { defaultCatalogue } from './default-catalogue.ts'
export { defaultWinRates } from './default-win-rates.ts'
export {
  applyDelta,
  DELTA_FORMAT,
  type DeltaContent,
  deltaBetween,
  InvalidDeltaError,
  parseDeltaText,
  type SnapshotDelta,
  writeDeltaText,
} from './delta/snapshot-delta.ts'
export {
  type ErrorBody,
  errorBodySchema,
  type Instance,
  type InstancesBody,
  instanceSchema,
  instancesBodySchema,
  type MetricsBody,
  metricsBodySchema,
  type Published,
  publishedSchema,
  type TaskMetrics,
  taskMetricsSchema,
} from './http-bodies.ts'
export {
  type InstancePattern,
  instancePatternSchema,
  type ModelPattern,
  modelPatternSchema,
  type PatternsBody,
  patternsBodySchema,
  type Quarantine,
  type QuarantinedCell,
  type QuarantinesBody,
  quarantinedCellSchema,
  quarantineSchema,
  quarantinesBodySchema,
  type Savings,
  savingsSchema,
  type TaskSavings,
  type ThinkingPattern,
  taskSavingsSchema,
  thinkingPatternSchema,
  type Verdict,
  type VerdictChange,
  verdictChangeSchema,
  verdictSchema,
} from './insight-bodies.ts'
export { limits } from './limits.ts'
export { type OutcomeMessage, outcomeSchema, UNKNOWN_PROVIDER } from './outcome.ts'
export { type Policy, policySchema } from './policy.ts'
export { createQuickCheck } from './quick-check.ts'
export { SEALED_BATCH_FORMAT, type SealedBatch, sealedBatchSchema } from './sealed-batch.ts'
export {
  type CellValues,
  cellValuesAt,
  columnsOf,
} from './snapshot/cell-columns.ts'
export { sealedHash } from './snapshot/sealed-text.ts'
export {
  type ConfidenceParameters,
  confidenceParametersSchema,
  SNAPSHOT_FORMAT,
  type Snapshot,
  type SnapshotContent,
  snapshotSchema,
} from './snapshot/snapshot.ts'
export {
  InvalidSnapshotError,
  parseSnapshotInSteps,
  parseSnapshotText,
  writeSnapshotInSteps,
  writeSnapshotText,
} from './snapshot/snapshot-text.ts'
export {
  formatSnapshotVersion,
  parseSnapshotVersion,
  type SnapshotVersion,
  supersedes,
} from './snapshot/snapshot-version.ts'
export {
  DELTA_EVENT,
  DELTAS_HEADER,
  type Goodbye,
  goodbyeSchema,
  HELD_HEADER,
  type Heartbeat,
  heartbeatSchema,
  type StreamEvent,
  streamEvents,
} from './stream-events.ts'
export {
  type BuiltInTaskType,
  builtInTaskTypes,
  isTaskType,
  type TaskType,
  taskTypePattern,
  taskTypeSchema,
} from './task-type.ts'
export { uuidV7 } from './uuid-v7.ts'
