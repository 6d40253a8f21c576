import { failureKind, type OutcomeMessage, unavailability } from '@winrate/shared-schema/contracts'
import type { NotedCall } from '../../availability/availability.ts'
import { isRecord } from '../../runtime/unknown-value.ts'
import { readRetryAfter } from './read-retry-after.ts'

/** An outcome of so long ago says nothing of now. */
const LATE_MS = 60_000

/**
 * What an outcome says of whether its model can be had now; undefined where nothing.
 *
 * @param begunMs When the call began, where that is known: a decision may have several.
 */
export function readCall(
  message: OutcomeMessage,
  given: unknown,
  nowMs: number,
  begunMs = Math.min(
    nowMs - (message.response_time_ms ?? 0),
    decidedMs(message.decision_id) ?? nowMs,
  ),
): NotedCall | undefined {
  const { provider, model_name: modelName, decision_id: decisionId, session } = message
  const { failure: word, occurred_at: occurredAt, response_time_ms: responseTimeMs } = message
  if (provider === undefined) return undefined
  if (occurredAt !== undefined && nowMs - Date.parse(occurredAt) > LATE_MS) return undefined
  const failure = word === undefined ? undefined : unavailability(word)
  // Without one, the model answered, but for requests at fault and callers that gave up.
  const isAnswer = word === undefined || (failureKind(word) ?? 'quality') === 'quality'
  if (failure === undefined && !isAnswer) return undefined
  return {
    ...{ provider, modelName, failure, word, decisionId, session, responseTimeMs },
    begunMs,
    retryAfterMs: failure === undefined ? undefined : retryAfterOf(given, nowMs),
    costUsd: message.cost_usd,
  }
}

/** Decisions of Winrate carry their time. */
function decidedMs(decisionId: string | undefined): number | undefined {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(decisionId ?? '') ?? []
  return high === undefined || low === undefined ? undefined : Number.parseInt(high + low, 16)
}

function retryAfterOf(given: unknown, nowMs: number): number | undefined {
  if (!isRecord(given)) return undefined
  const { retryAfterMs, failure } = given
  return isDelay(retryAfterMs) ? retryAfterMs : readRetryAfter(failure, nowMs)
}

export function isDelay(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}
