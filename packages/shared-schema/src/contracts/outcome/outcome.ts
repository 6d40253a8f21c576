// Version 1 of an outcome as it travels: in a sealed batch, as a queue message of its own, and in an
// HTTP body. Field names are the columns of task_preferences. The SQL in drizzle/functions/judge states the
// same rules; test/ingest/outcome-rules.test.ts holds both to one table, field by field.
import { object } from '../../schema/objects.ts'
import { type Infer, prepared } from '../../schema/schema.ts'
import { booleanOrNull, integer, number, positive, text } from '../../schema/values.ts'
import { armSchema, experimentSchema } from '../names/arm.ts'
import { contextSchema } from '../names/context.ts'
import { guid, isoTime, sessionHash, sha256 } from '../names/formats.ts'
import { limits } from '../names/limits.ts'
import { taskTypeSchema } from '../names/task-type.ts'
import { resolveReference } from '../reference/reference.ts'

/** An outcome as this project writes it. */
export const outcomeMessageSchema = object({
  /** Names the outcome; repeated by every redelivery. A UUID v7 made when the outcome was recorded. */
  outcome_id: guid.optional(),
  /** The decision that this is the outcome of. */
  decision_id: text(1, limits.decisionIdChars).optional(),
  task_type: taskTypeSchema,
  /** The name that win rates are kept under: a catalogue key where there is one. */
  model_name: text(1, limits.modelNameChars),
  provider: text(1, limits.providerChars).optional(),
  thinking_level: text(1, limits.thinkingLevelChars).optional(),
  /** The prompt itself; only when the client was told to store prompts. */
  prompt: text(0, limits.promptChars).optional(),
  /** Hex SHA-256 of the prompt. */
  prompt_hash: sha256.optional(),
  /** Length of the prompt in UTF-16 units. */
  prompt_length: integer(0, 2_147_483_647).optional(),
  /** How good the answer was, 0 to 1. */
  response_quality: number(0, 1).optional(),
  /** Whether the model did the task; null where it answered and nobody judged the answer. */
  success: booleanOrNull(),
  /** Time from request to complete answer, in milliseconds. */
  response_time_ms: number(0, limits.responseTimeMs).optional(),
  /** What the call cost, in US dollars. */
  cost_usd: number(0, limits.costUsd).optional(),
  instance_id: text(1, limits.instanceIdChars),
  feedback_text: text(0, limits.feedbackChars).optional(),
  /** Why there is no answer, in a word. Whether it counts against the model depends on it: see failureKind. */
  failure: text(1, limits.failureChars).optional(),
  /** The outcome_id of an earlier outcome that this one takes the place of. */
  corrects: guid.optional(),
  /** Probability with which the model was chosen, where the decision knows it. */
  propensity: positive(1).optional(),
  /** Version of the snapshot that the decision was made from. */
  snapshot_version: integer().optional(),
  /** When the outcome was observed, ISO 8601. */
  occurred_at: isoTime.optional(),
  /** The model that answered, where the provider redirected the call. */
  answered_by: text(1, limits.modelNameChars).optional(),
  /** The session of the decision, as the first 16 hex characters of a SHA-256: outcomes of one session depend on each other. */
  session: sessionHash.optional(),
  /** What the request belongs to: labels such as its team, each with a hash of its value. */
  context: contextSchema.optional(),
  /** Which attempt of its decision the call was; the first is 1. */
  attempt: integer(1, 2_147_483_647).optional(),
  /**
   * The models, by their win-rate names, whose answers were judged as failures before, for the same decision: comma-separated,
   * in order. Such an outcome is learned apart: see `learnedTaskType`.
   */
  after: text(1, limits.afterChars).optional(),
  /** Tokens of the request, those that the provider's cache read included. */
  input_tokens: integer(0, limits.tokens).optional(),
  /** Those of them that the provider's cache read. */
  cache_read_tokens: integer(0, limits.tokens).optional(),
  /** Tokens of the answer, reasoning included. */
  output_tokens: integer(0, limits.tokens).optional(),
  /** The arm of the standing experiment that the decision belongs to, whichever model was called in the end. */
  arm: armSchema.optional(),
  /** The first 8 hex characters of the experiment's id. */
  experiment: experimentSchema.optional(),
  /**
   * What the router would have chosen where its caller only observes it: see `writeModelText`. The outcome is of the model that
   * the application called in any case.
   */
  would_choose: text(1, limits.wouldChooseChars).optional(),
})

/** Whether null is a value of the field. Of any other field it means absent. */
export function hasNull(field: string): boolean {
  return field === 'success'
}

/** Other producers of the queue may use these names; the names above win where both are given. */
export const outcomeAliases = {
  selected_model: 'model_name',
  selected_provider: 'provider',
  quality_score: 'response_quality',
} as const

/** An outcome as the contract wants it, aliases and references resolved, unknown fields dropped. `readOutcome` takes more. */
export const outcomeSchema = prepared(outcomeMessageSchema, resolveAliases)

export type OutcomeMessage = Infer<typeof outcomeMessageSchema>

function resolveAliases(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { fields, problem } = resolveReference({ ...value })
  // Is refused, as nothing is no outcome.
  if (problem !== undefined) return undefined
  const resolved: Record<string, unknown> = { ...fields }
  for (const [alias, name] of Object.entries(outcomeAliases)) {
    if (alias in resolved) resolved[name] ??= resolved[alias]
  }
  for (const [name, field] of Object.entries(resolved)) {
    if (field === null && !hasNull(name)) delete resolved[name]
  }
  return resolved
}
