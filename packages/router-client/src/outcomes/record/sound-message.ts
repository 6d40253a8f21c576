// Whether an outcome keeps to the contract, told without zod, which takes several microseconds and makes
// garbage. Guarantees: what is sound here is valid by `outcomeSchema`, and comes out of it unchanged. The
// converse does not hold: who is told no asks the schema, which also says what is wrong.
import { isTaskType, limits, type OutcomeMessage } from '@winrate/shared-schema/contracts'

/** An outcome with an id, and without the prompt, of which the client says nothing invalid. */
export type RecordedMessage = Omit<OutcomeMessage, 'prompt' | 'prompt_hash' | 'prompt_length'> & {
  readonly outcome_id: string
}

export type UncheckedMessage = { readonly [Name in keyof RecordedMessage]-?: unknown }

/** @param ownId An id that was made here, and so needs no check. */
export function isSoundMessage(
  message: UncheckedMessage,
  ownId: string | undefined,
): message is RecordedMessage & UncheckedMessage {
  return (
    message.outcome_id !== undefined &&
    (message.outcome_id === ownId || isUuid(message.outcome_id)) &&
    isAbsentOrText(message.decision_id, limits.decisionIdChars) &&
    isTaskType(message.task_type) &&
    isText(message.model_name, limits.modelNameChars) &&
    isAbsentOrText(message.provider, limits.providerChars) &&
    isAbsentOrText(message.thinking_level, limits.thinkingLevelChars) &&
    isAbsentOrWithin(message.response_quality, 1) &&
    typeof message.success === 'boolean' &&
    isAbsentOrWithin(message.response_time_ms, limits.responseTimeMs) &&
    isAbsentOrWithin(message.cost_usd, limits.costUsd) &&
    isText(message.instance_id, limits.instanceIdChars) &&
    isFeedback(message.feedback_text) &&
    isAbsentOrText(message.failure, limits.failureChars) &&
    (message.corrects === undefined || isUuid(message.corrects)) &&
    isAbsentOrWithin(message.propensity, 1) &&
    message.propensity !== 0 &&
    isAbsentOrWithin(message.snapshot_version, Number.MAX_SAFE_INTEGER) &&
    (message.snapshot_version === undefined || Number.isSafeInteger(message.snapshot_version)) &&
    (message.occurred_at === undefined || isIsoTime(message.occurred_at))
  )
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && value.length === 36 && uuidPattern.test(value)
}

function isText(value: unknown, maxChars: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= maxChars
}

function isAbsentOrText(value: unknown, maxChars: number): boolean {
  return value === undefined || isText(value, maxChars)
}

function isFeedback(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= limits.feedbackChars)
}

function isAbsentOrWithin(value: unknown, most: number): boolean {
  return value === undefined || (typeof value === 'number' && value >= 0 && value <= most)
}

/** As `toISOString` writes the years 0 to 9999. */
function isIsoTime(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24
}
