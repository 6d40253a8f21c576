// The public surface of @winrate/router-client.
export type {
  BuiltInTaskType,
  CatalogueEntry,
  DefaultWinRates,
  Notice,
  Policy,
  Snapshot,
  TaskType,
} from '@winrate/shared-schema/contracts'
export type {
  DeclaredSimilarity,
  Preference,
  PreferenceWeights,
  ThompsonPolicy,
  ThresholdPolicy,
  TokenUsage,
  WinRateEstimate,
  WinRateSource,
  WithinPreference,
} from '@winrate/shared-schema/scoring'
export type { UnavailableEvent } from './availability/availability.ts'
export type { CoolingCause } from './availability/breaker.ts'
export type { Cooling } from './availability/cooling.ts'
export type {
  Attempt,
  AttemptReport,
  CallOptions,
  CallResult,
  Judged,
  StreamCallOptions,
  Verdict,
} from './calls/call-options.ts'
export type { WebStream } from './calls/stream/find-stream.ts'
export { createRouter } from './create-router.ts'
export type { RouterOptions } from './options.ts'
export type {
  DecisionOutcome,
  DescribedOutcome,
  Outcome,
  OutcomeFacts,
  ReferredOutcome,
  SelectedOutcome,
} from './outcomes/record/outcome.ts'
export type { PromptPolicy } from './outcomes/record/outcome-message.ts'
export type { OutcomeStatus, RecordedEvent } from './outcomes/record/outcome-recorder.ts'
export type { DroppedEvent, DropReason } from './outcomes/send/drop-counter.ts'
export type { BufferLimits } from './outcomes/send/outcome-buffer.ts'
export type { FlushResult } from './outcomes/send/outcome-sender.ts'
export { type HttpOutcomesOptions, httpOutcomes } from './outcomes/sinks/http-outcomes.ts'
export type {
  OutcomeSink,
  SealedBatchText,
  SendContext,
  SendResult,
} from './outcomes/sinks/outcome-sink.ts'
export {
  type PostgresOutcomesOptions,
  postgresOutcomes,
} from './outcomes/sinks/postgres-outcomes.ts'
export type { Messages, RankOptions, Router, RouterEvents, RouterStatus } from './router.ts'
export type { Refusal } from './routing/choice/constraints.ts'
export type { RankedModel } from './routing/choice/ranking.ts'
export type { ExplainedCandidate, Explanation } from './routing/explanation.ts'
export type { Decision, DecisionReason, ExpectedCall, Observed } from './routing/memory/decision.ts'
export type { DecisionPlan, PlannedAttempt } from './routing/plans/plan-choice.ts'
export type { CandidateInput, Exclusion, RouteOptions } from './routing/request/route-options.ts'
export type { Candidate } from './routing/table/candidate.ts'
export type { DecisionCounts } from './routing/task-router.ts'
export type { Clock, Timer } from './runtime/clock.ts'
export type { LogFields, Logger } from './runtime/logger.ts'
export type { HttpAgent } from './runtime/option-problems.ts'
export type { Random } from './runtime/random.ts'
export { RouterError, type RouterErrorCode } from './runtime/router-error.ts'
export { SDK_VERSION } from './sdk-version.ts'
export type { NoticeEvent } from './snapshots/own-notices.ts'
export type { ReadyResult, SnapshotInUse, SnapshotStatus } from './snapshots/snapshot-status.ts'
export { type FileSnapshotsOptions, fileSnapshots } from './snapshots/sources/file-snapshots.ts'
export { type HttpSnapshotsOptions, httpSnapshots } from './snapshots/sources/http-snapshots.ts'
export {
  type PostgresSnapshotsOptions,
  postgresSnapshots,
} from './snapshots/sources/postgres-snapshots.ts'
export type {
  OfferOptions,
  SnapshotAnswer,
  SnapshotReceiver,
  SnapshotSource,
  SourceStatus,
} from './snapshots/sources/snapshot-source.ts'
export { staticSnapshots } from './snapshots/sources/static-snapshots.ts'
export type { PostgresAddress, QueryablePool } from './transport/postgres-client.ts'
