// The public surface of @winrate/router-client.
export type {
  BuiltInTaskType,
  CatalogueEntry,
  DefaultWinRates,
  Policy,
  Snapshot,
  TaskType,
  ThompsonPolicy,
  ThresholdPolicy,
} from '@winrate/shared-schema/contracts'
export type {
  DeclaredSimilarity,
  Preference,
  PreferenceWeights,
  WinRateEstimate,
  WinRateSource,
} from '@winrate/shared-schema/scoring'
export { createRouter } from './create-router.ts'
export { RouterError, type RouterErrorCode } from './errors.ts'
export type { LogFields, Logger } from './logger.ts'
export type { RouterOptions } from './options.ts'
export type { DroppedEvent } from './outcomes/drop-counter.ts'
export { type HttpOutcomesOptions, httpOutcomes } from './outcomes/http-outcomes.ts'
export type {
  DecisionOutcome,
  DescribedOutcome,
  DropReason,
  Outcome,
  OutcomeFacts,
  SelectedOutcome,
} from './outcomes/outcome.ts'
export type { OutcomeStatus, RecordedEvent } from './outcomes/outcome-recorder.ts'
export type { BufferLimits, FlushResult } from './outcomes/outcome-sender.ts'
export type {
  OutcomeSink,
  SealedBatchText,
  SendContext,
  SendResult,
} from './outcomes/outcome-sink.ts'
export { type PostgresOutcomesOptions, postgresOutcomes } from './outcomes/postgres-outcomes.ts'
export type { PromptPolicy } from './outcomes/write-outcome.ts'
export type { Messages, RankOptions, Router, RouterEvents, RouterStatus } from './router.ts'
export type { Candidate, CandidateInput } from './routing/candidate.ts'
export type { Refusal } from './routing/constraints.ts'
export type { Decision, DecisionReason } from './routing/decision.ts'
export type { DecisionCounts } from './routing/decision-counter.ts'
export type { ExplainedCandidate, Explanation } from './routing/explanation.ts'
export type { RankedModel } from './routing/ranked-models.ts'
export type { Exclusion, RouteOptions } from './routing/route-options.ts'
export type { Clock, Timer } from './runtime/clock.ts'
export type { Random } from './runtime/random.ts'
export { SDK_VERSION } from './sdk-version.ts'
export { type FileSnapshotsOptions, fileSnapshots } from './snapshot/file-snapshots.ts'
export { type HttpSnapshotsOptions, httpSnapshots } from './snapshot/http-snapshots.ts'
export { type PostgresSnapshotsOptions, postgresSnapshots } from './snapshot/postgres-snapshots.ts'
export type { SnapshotInUse } from './snapshot/snapshot-holder.ts'
export type { ReadyResult, SnapshotStatus } from './snapshot/snapshot-service.ts'
export type {
  OfferOptions,
  SnapshotAnswer,
  SnapshotReceiver,
  SnapshotSource,
  SourceStatus,
} from './snapshot/snapshot-source.ts'
export { staticSnapshots } from './snapshot/static-snapshots.ts'
export type { PostgresAddress, QueryablePool } from './transport/postgres-client.ts'
