// The names of what spans are told. There is no convention for routers, so these are our own; that of evaluations is the one of
// OpenTelemetry's conventions for generative AI, which are still in development.

export const DECISION_ID = 'winrate.decision.id'
export const TASK_TYPE = 'winrate.task_type'
export const REASON = 'winrate.reason'
export const PROPENSITY = 'winrate.propensity'
export const SNAPSHOT_VERSION = 'winrate.snapshot.version'
/** How many candidates the decision has, the decided one included. */
export const CANDIDATES = 'winrate.candidates'
export const PROVIDER = 'winrate.provider'
export const MODEL = 'winrate.model'
/** What would have been chosen, of a decision that was only observed. */
export const WOULD_CHOOSE_PROVIDER = 'winrate.would_choose.provider'
export const WOULD_CHOOSE_MODEL = 'winrate.would_choose.model'
/** From 1. */
export const ATTEMPT = 'winrate.attempt'

export const EVALUATION = 'gen_ai.evaluation.result'
export const EVALUATION_NAME = 'gen_ai.evaluation.name'
export const SCORE_VALUE = 'gen_ai.evaluation.score.value'
export const SCORE_LABEL = 'gen_ai.evaluation.score.label'
