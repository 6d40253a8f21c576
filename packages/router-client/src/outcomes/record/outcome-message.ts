// Turns what a caller says about a call into an outcome that can be sent, or says what is wrong with it.
// `parseOutcome` names every field of an outcome; no other place in the client does.

import { isDate } from 'node:util/types'
import {
  limits,
  type OutcomeMessage,
  outcomeMessageSchema,
  plainProvider,
} from '@winrate/shared-schema/contracts'
import type { MadeDecision } from '../../routing/memory/decision.ts'
import type { DecisionMemory } from '../../routing/memory/decision-memory.ts'
import { type Candidate, noModel } from '../../routing/table/candidate.ts'
import type { TableInUse } from '../../routing/table/table-in-use.ts'
import { describeIssue, toSafeText } from '../../runtime/unknown-value.ts'
import type { RecordedPrompt } from '../send/outcome-buffer.ts'
import type { DescribedOutcome, SelectedOutcome } from './outcome.ts'
import { promptText } from './prompt-text.ts'

/** What happens to prompts: a hash and the length are sent, the text too, or nothing. */
export type PromptPolicy = 'hash' | 'store' | 'none'

/** What this router adds to what a caller says. */
export interface RecordingContext {
  readonly instanceId: string
  readonly prompts: PromptPolicy
  readonly memory: DecisionMemory
  readonly table: TableInUse
}

export type ParsedOutcome =
  | {
      readonly status: 'valid'
      /** Without an id and a time, where the caller gave none. */
      readonly message: OutcomeMessage
      readonly prompt: RecordedPrompt | undefined
    }
  | { readonly status: 'invalid' | 'unknown-decision'; readonly problem: string }

/** The names that a caller may use; the values may be anything. */
type Given = { readonly [Name in keyof DescribedOutcome | keyof SelectedOutcome]?: unknown }

/** @throws only what hostile getters throw. */
export function parseOutcome(value: unknown, context: RecordingContext): ParsedOutcome {
  if (typeof value !== 'object' || value === null) return invalid('outcome must be an object')
  const given: Given = value
  const decisionId = given.decisionId ?? undefined
  const decision = context.memory.find(decisionId)
  const model = creditedModel(given, decision, context)
  const taskType = given.taskType ?? decision?.request.taskType
  if (model === undefined && decision !== undefined) {
    return invalid('the decision names no model, as no candidate was allowed: name the called one')
  }
  if (model === undefined || taskType === undefined) {
    return decisionId === undefined
      ? invalid('outcome needs a decisionId, or taskType and model')
      : {
          status: 'unknown-decision',
          problem: 'the decision is not known here; describe the call by taskType and model',
        }
  }
  const failure = given.failure ?? undefined
  const message = {
    outcome_id: given.outcomeId ?? undefined,
    decision_id: safe(decisionId),
    task_type: taskType,
    model_name: safe(model.modelName),
    provider: safe(model.provider),
    thinking_level: safe(model.thinkingLevel),
    response_quality: given.qualityScore ?? undefined,
    success: given.success ?? (failure === undefined ? undefined : false),
    response_time_ms: given.responseTimeMs ?? undefined,
    cost_usd: given.costUsd ?? undefined,
    instance_id: context.instanceId,
    feedback_text: safe(given.feedbackText ?? undefined, limits.feedbackChars),
    failure: safe(failure, limits.failureChars),
    corrects: given.corrects ?? undefined,
    propensity: model.propensity,
    snapshot_version: decision?.snapshotVersion,
    occurred_at: isoTime(given.occurredAt ?? undefined),
  }
  const prompt = givenPrompt(given, decisionId, context)
  const { data, error } = outcomeMessageSchema.safeParse(message)
  if (error !== undefined) return invalid(describeIssue(error))
  return { status: 'valid', message: data, prompt }
}

interface CreditedModel {
  readonly modelName: unknown
  readonly provider: unknown
  readonly thinkingLevel?: unknown
  readonly propensity?: number | undefined
}

/**
 * The model that the outcome counts for. A caller that took a fallback names it: then it is credited, and
 * not with the propensity of the decision, which is another model's. A name that fits the decision means
 * the model of the decision, so it needs no provider beside it.
 */
function creditedModel(
  given: Given,
  decision: MadeDecision | undefined,
  { table }: RecordingContext,
): CreditedModel | undefined {
  const name = given.model ?? given.selectedModel ?? undefined
  const provider = given.provider ?? given.selectedProvider ?? undefined
  const thinkingLevel = given.thinkingLevel ?? undefined
  if (decision !== undefined && decision.choice.candidate !== noModel) {
    const { choice, propensity } = decision
    const named = typeof name === 'string' ? table.current.resolve(name).modelName : name
    const fits = (candidate: Candidate) =>
      (name === undefined || name === candidate.model || named === candidate.modelName) &&
      (provider === undefined || isProvider(provider, candidate.provider)) &&
      (thinkingLevel === undefined || thinkingLevel === candidate.thinkingLevel)
    if (fits(choice.candidate)) return { ...choice.candidate, propensity }
    const fitting = choice.fallbacks.filter(fits)
    // When no level is named, the fallback without a level is meant.
    const [fallback = fitting[0]] = fitting.filter((each) => each.thinkingLevel === thinkingLevel)
    if (fallback !== undefined) return fallback
  }
  const described = name ?? (decision?.choice.candidate.model || undefined)
  if (described === undefined) return undefined
  if (typeof described !== 'string' || (provider !== undefined && typeof provider !== 'string')) {
    return { modelName: described, provider, thinkingLevel }
  }
  const known = table.current.resolve(described, provider)
  return { modelName: known.modelName, provider: known.provider, thinkingLevel }
}

function isProvider(given: unknown, provider: string): boolean {
  return typeof given === 'string' && plainProvider(given) === plainProvider(provider)
}

/** Read at once: callers go on to change their lists of messages. */
function givenPrompt(
  given: Given,
  decisionId: unknown,
  { memory, prompts }: RecordingContext,
): RecordedPrompt | undefined {
  // Also without a need for them, so that the messages of a recorded decision can be garbage collected.
  const kept = typeof decisionId === 'string' ? memory.takeMessages(decisionId) : undefined
  if (prompts === 'none') return undefined
  const own = given.prompt ?? undefined
  const messages = own ?? kept?.messages ?? undefined
  if (messages === undefined) return undefined
  const text = promptText(messages, own === undefined ? kept?.count : undefined)
  return { text, isStored: prompts === 'store' }
}

/** A value that is no time stays as it is, so that the schema refuses it. */
function isoTime(value: unknown): unknown {
  const ms = timeOf(value)
  if (ms === undefined) return value
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? value : date.toISOString()
}

/** No time is longer. */
const MAX_TIME_CHARS = 100

function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'string')
    return value.length > MAX_TIME_CHARS ? undefined : Date.parse(value)
  // Also one of another realm, which is no instance of this realm's Date.
  return isDate(value) ? Date.prototype.getTime.call(value) : undefined
}

/** No name that is sent is longer, so a longer one is refused without being read. */
const MAX_NAME_CHARS = 1_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: jsonb does not hold NUL
const unsafe = /[\u0000\ud800-\udfff]/

function safe(value: unknown, maxChars = Number.POSITIVE_INFINITY): unknown {
  if (typeof value !== 'string') return value
  if (maxChars === Number.POSITIVE_INFINITY && value.length > MAX_NAME_CHARS) return value
  return value.length <= maxChars && !unsafe.test(value) ? value : toSafeText(value, maxChars)
}

function invalid(problem: string): ParsedOutcome {
  return { status: 'invalid', problem }
}
