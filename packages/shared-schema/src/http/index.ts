// Bodies of the worker's HTTP API that operators read. Agents never load this module.

export {
  type Instance,
  type InstancePattern,
  type InstancesBody,
  instanceSchema,
  instancesBodySchema,
  type MetricsBody,
  type ModelPattern,
  metricsBodySchema,
  modelAvailabilitySchema,
  type PatternsBody,
  patternsBodySchema,
  type Quarantine,
  type QuarantinedCell,
  type QuarantinesBody,
  quarantineSchema,
  quarantinesBodySchema,
  type Savings,
  savingsSchema,
  type TaskMetrics,
  type TaskSavings,
  type ThinkingPattern,
  taskMetricsSchema,
  type Verdict,
  type VerdictChange,
  verdictChangeSchema,
} from './bodies.ts'
export {
  type MetricsSeriesBody,
  metricsSeriesBodySchema,
  type PipelineSeriesBody,
  pipelineSeriesBodySchema,
} from './buckets.ts'
export { type BudgetFacts, budgetFactsSchema } from './budget.ts'
export { likeliestFirst } from './candidate-order.ts'
export {
  type DeadLettersBody,
  deadLettersBodySchema,
  type RequeuedBody,
  requeuedBodySchema,
} from './dead-letters.ts'
export {
  type EventKind,
  type EventsBody,
  eventKindSchema,
  eventKinds,
  eventSchema,
  eventsBodySchema,
  type WinrateEvent,
} from './events.ts'
export {
  type ExperimentBody,
  experimentBodySchema,
  type HoldoutFacts,
  holdoutFactsSchema,
} from './experiment.ts'
export {
  type Density,
  type ExplainedCandidate,
  type ExplainRequest,
  type ExplanationBody,
  explainRequestSchema,
  explanationBodySchema,
  MOST_EXPLAINED,
  type Plan,
  type Referred,
} from './explanation.ts'
export { type ForgetFacts, forgetFactsSchema } from './forget.ts'
export { type ImportsBody, importsBodySchema } from './imports.ts'
export { type LaterAttempts, laterAttemptsSchema } from './later-attempts.ts'
export { type Limits, limitsSchema } from './limits.ts'
export {
  type MissingOutcomes,
  type ModelVerdicts,
  missingOutcomesSchema,
  modelVerdictsSchema,
} from './missing-outcomes.ts'
export { type ObservedBody, observedBodySchema } from './observed.ts'
export {
  type ProjectBody,
  type ProjectFacts,
  projectFactsSchema,
  projectSchema,
} from './projects.ts'
export { type SharingFacts, sharingFactsSchema } from './sharing.ts'
export {
  type PublishedSnapshot,
  type SnapshotHead,
  type SnapshotsBody,
  snapshotHeadSchema,
  snapshotsBodySchema,
} from './snapshots.ts'
export {
  type StandingCandidate,
  type StandingsBody,
  standingsBodySchema,
  type TaskStanding,
} from './standings.ts'
export {
  type CheckFacts,
  checkFactsSchema,
  type FleetFacts,
  fleetFactsSchema,
  type StatusBody,
  statusBodySchema,
} from './status.ts'
export {
  type TokenBody,
  type TokenChange,
  type TokenScope,
  type TokensBody,
  tokenChangeSchema,
  tokenFactsSchema,
  tokenSchema,
  tokenScopes,
  tokensBodySchema,
} from './tokens.ts'
export { type WhoamiBody, whoamiBodySchema } from './whoami.ts'
