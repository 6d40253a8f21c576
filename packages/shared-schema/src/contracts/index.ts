// The wire: what client, worker and other producers of the queue agree on.

// Names: task types, models and their levels, cells.

export {
  type CellName,
  cellKey,
  controlCharacter,
  type ModelLevel,
  type ModelName,
  modelKey,
  modelLevelKey,
  readModelText,
  sameProvider,
  UNKNOWN_PROVIDER,
  writeModelText,
} from './names/cell-name.ts'
export {
  contextSchema,
  labelOf,
  labelPattern,
  MOST_LABELS,
  VALUE_HASH_CHARS,
} from './names/context.ts'
export { decisionOutcomeId } from './names/decision-outcome-id.ts'
export { makerOf, plainProvider, undate, undecorate } from './names/decorations.ts'
export {
  AFTER_STRATUM,
  afterStratum,
  failedBefore,
  isAfterFailures,
  learnedTaskType,
} from './names/escalation.ts'
export { limits } from './names/limits.ts'
export { findNearName, suggestName } from './names/near-name.ts'
export {
  askedTask,
  type BuiltInTaskType,
  builtInTaskTypes,
  byPath,
  findUpwards,
  isStratum,
  isTaskType,
  isWithin,
  parentTask,
  rootTask,
  type TaskType,
  taskTypePattern,
  taskTypeRule,
  taskTypeSchema,
} from './names/task-type.ts'
export { uuidV7 } from './names/uuid-v7.ts'

// How all of these are read.

export type { Issue, Parsed } from '../schema/schema.ts'

// What is known of models before anything is learned.

export {
  type CatalogueEntry,
  catalogueEntrySchema,
  catalogueSchema,
  type DefaultLayers,
  type DefaultWinRates,
  defaultWinRatesSchema,
  findDefaultWinRate,
  hasDefaults,
  listPricesSchema,
} from './catalogue/catalogue.ts'
export { defaultCatalogue, defaultWinRates } from './catalogue/defaults.ts'
export {
  type CatalogueLayers,
  type FoundEntry,
  givenNames,
  type Naming,
  nameDefaults,
  readNaming,
} from './catalogue/naming.ts'

// How the fleet chooses.

export { type ArmName, shortExperiment } from './names/arm.ts'

export { type Budget, LEAST_BUDGET_USD, MOST_BUDGET_USD, readBudget } from './snapshot/budget.ts'
export {
  type Holdout,
  holdoutSchema,
  LEAST_SHARE,
  MOST_SHARE,
  readHoldout,
} from './snapshot/holdout.ts'
export {
  type ConfidenceParameters,
  confidenceParametersSchema,
  type Fleet,
  formatSnapshotVersion,
  type Notice,
  type Policy,
  parseSnapshotVersion,
  policySchema,
  SNAPSHOT_FORMAT,
  type Snapshot,
  type SnapshotContent,
  type SnapshotVersion,
  snapshotSchema,
  supersedes,
  type TaskTokens,
  taskNames,
} from './snapshot/snapshot.ts'

// Outcomes, from client to worker.

export {
  type ErrorBody,
  errorBodySchema,
  type Published,
  publishedSchema,
} from './http-answers.ts'
export {
  type FailureKind,
  failureKind,
  failureWords,
  shortenFailure,
  type Unavailability,
  unavailability,
} from './outcome/failure-kind.ts'
export {
  type OutcomeMessage,
  outcomeAliases,
  outcomeMessageSchema,
  outcomeSchema,
} from './outcome/outcome.ts'
export {
  type FieldProblem,
  type OutcomeField,
  problemWith,
  problemWithTokens,
  type ReadOutcome,
  readOutcome,
} from './outcome/read-outcome.ts'
export {
  type DecidedHour,
  SEALED_BATCH_FORMAT,
  type SealedBatch,
  sealedBatchSchema,
} from './outcome/sealed-batch.ts'
export {
  callIn,
  isReadable,
  REFERENCE_PROBLEM,
  type Referred,
  readReference,
  requestIn,
  resolveReference,
  writeReference,
} from './reference/reference.ts'
export {
  createReferenceSigner,
  LEAST_SECRET_CHARS,
  type ReferenceSigner,
} from './reference/reference-signer.ts'

// Snapshots, from worker to client.

export {
  applyDelta,
  applyDeltaInSteps,
  DELTA_FORMAT,
  type DeltaContent,
  deltaBetween,
  InvalidDeltaError,
  parseDeltaInSteps,
  parseDeltaText,
  type SnapshotDelta,
  writeDeltaText,
} from './delta/snapshot-delta.ts'
export {
  type CellValues,
  cellValuesAt,
  columnsOf,
} from './snapshot/cell-columns.ts'
export { sealedHash } from './snapshot/sealed-text.ts'
export { findExcess, snapshotLimits } from './snapshot/snapshot-limits.ts'
export {
  InvalidSnapshotError,
  parseSnapshotInSteps,
  parseSnapshotText,
  writeSnapshotInSteps,
  writeSnapshotText,
} from './snapshot/snapshot-text.ts'
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
} from './snapshot/stream-events.ts'
