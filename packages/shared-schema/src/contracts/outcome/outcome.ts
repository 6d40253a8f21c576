// Version 1 of an outcome as it travels: in a sealed batch, as a queue message of its own, and in an
// HTTP body. Field names are the columns of task_preferences. The SQL in drizzle/functions/judge states the
// same rules; test/ingest/outcome-rules.test.ts holds both to one table, field by field.
import { z } from 'zod'
import { limits } from '../names/limits.ts'
import { taskTypeSchema } from '../names/task-type.ts'

const text = (chars: number) => z.string().min(1).max(chars)

/** ISO 8601 with an offset, years 1900 to 2099, only days that exist. SQL has the same pattern. */
const timePattern =
  /^((19|20)[0-9]{2}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(19|20)[0-9]{2}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|(19|20)[0-9]{2}-02-(0[1-9]|1[0-9]|2[0-8])|(19(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))-02-29)T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$/

const outcomeFields = z.object({
  /** Names the outcome; repeated by every redelivery. A UUID v7 made when the outcome was recorded. */
  outcome_id: z.guid().optional(),
  /** The decision that this is the outcome of. */
  decision_id: text(limits.decisionIdChars).optional(),
  task_type: taskTypeSchema,
  /** The name that win rates are kept under: a catalogue key where there is one. */
  model_name: text(limits.modelNameChars),
  provider: text(limits.providerChars).optional(),
  thinking_level: text(limits.thinkingLevelChars).optional(),
  /** The prompt itself; only when the client was told to store prompts. */
  prompt: z.string().max(limits.promptChars).optional(),
  /** Hex SHA-256 of the prompt. */
  prompt_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Length of the prompt in UTF-16 units. */
  prompt_length: z.int().min(0).max(2_147_483_647).optional(),
  /** How good the answer was, 0 to 1. */
  response_quality: z.number().min(0).max(1).optional(),
  /** Whether the model did the task. */
  success: z.boolean(),
  /** Time from request to complete answer, in milliseconds. */
  response_time_ms: z.number().min(0).max(limits.responseTimeMs).optional(),
  /** What the call cost, in US dollars. */
  cost_usd: z.number().min(0).max(limits.costUsd).optional(),
  instance_id: text(limits.instanceIdChars),
  feedback_text: z.string().max(limits.feedbackChars).optional(),
  /** `transport` for rate limits, timeouts and the like: kept, but never counted as bad quality. */
  failure: text(limits.failureChars).optional(),
  /** The outcome_id of an earlier outcome that this one takes the place of. */
  corrects: z.guid().optional(),
  /** Probability with which the model was chosen, where the decision knows it. */
  propensity: z.number().gt(0).max(1).optional(),
  /** Version of the snapshot that the decision was made from. */
  snapshot_version: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** When the outcome was observed, ISO 8601. */
  occurred_at: z.string().regex(timePattern, 'must be an ISO 8601 time with an offset').optional(),
})

/** Other producers of the queue may use these names; the names above win where both are given. */
const aliases = [
  ['selected_model', 'model_name'],
  ['selected_provider', 'provider'],
  ['quality_score', 'response_quality'],
] as const

/** An outcome on the wire, aliases resolved, unknown fields dropped. */
export const outcomeSchema = z.preprocess(resolveAliases, outcomeFields)

export type OutcomeMessage = z.infer<typeof outcomeFields>

function resolveAliases(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const resolved: Record<string, unknown> = { ...value }
  for (const [alias, name] of aliases) {
    if (alias in resolved) resolved[name] ??= resolved[alias]
  }
  for (const [name, field] of Object.entries(resolved)) {
    if (field === null) delete resolved[name]
  }
  return resolved
}
