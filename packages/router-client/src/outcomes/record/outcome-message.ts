// Turns what a caller says of a call into an outcome that can travel, or says what is wrong with it. What
// can wait is left to the writing: the caller waits only for what may change or must be answered.
import { limits, outcomeSchema, uuidV7 } from '@winrate/shared-schema/contracts'
import { toSafeText } from '../../runtime/safe-text.ts'
import type {
  DescribedOutcome,
  OriginCandidate,
  OutcomeOrigin,
  SelectedOutcome,
} from './outcome.ts'
import { promptText } from './prompt-text.ts'
import { isSoundMessage, type RecordedMessage, type UncheckedMessage } from './sound-message.ts'
import type { PromptPolicy, RecordedOutcome } from './write-outcome.ts'

export interface OutcomeMessageInput {
  readonly prompts: PromptPolicy
  readonly instanceId: string
  readonly nowMs: number
  readonly findDecision: (decisionId: string) => OutcomeOrigin | undefined
  readonly takeMessages: (
    decisionId: string,
  ) => { readonly messages: unknown; readonly count: number } | undefined
  /** The name that win rates are kept under, and the provider, of a model that a caller names. */
  readonly resolveModel: (
    name: string,
    provider: string | undefined,
  ) => { readonly modelName: string; readonly provider: string }
}

export type ParsedOutcome =
  | { readonly status: 'valid'; readonly outcome: RecordedOutcome }
  | { readonly status: 'invalid'; readonly problem: string }
  | { readonly status: 'unknown-decision'; readonly problem: string }

/** The last time that a Date can tell. */
const LAST_TIME_MS = 8.64e15

/** What a caller may say, by name; nothing is known of the values. */
type Given = {
  readonly [Name in keyof DescribedOutcome | keyof SelectedOutcome]?: unknown
}

/** Throws only what hostile getters throw. */
export function parseOutcome(value: unknown, input: OutcomeMessageInput): ParsedOutcome {
  if (typeof value !== 'object' || value === null) return invalid('outcome must be an object')
  const given: Given = value
  const decisionId = given.decisionId ?? undefined
  const origin = typeof decisionId === 'string' ? input.findDecision(decisionId) : undefined
  const described = describedModel(given, origin, input)
  const taskType = given.taskType ?? origin?.taskType
  if (described === undefined || taskType === undefined) {
    return decisionId === undefined
      ? invalid('outcome needs a decisionId, or taskType and model')
      : {
          status: 'unknown-decision',
          problem: 'the decision is not known here; describe the call by taskType and model',
        }
  }
  const givenTime = given.occurredAt ?? undefined
  const occurredAt = givenTime === undefined ? undefined : isoTime(givenTime)
  if (givenTime !== undefined && occurredAt === undefined) return invalid('occurredAt is no time')
  const { nowMs, prompts } = input
  if (!(Math.abs(nowMs) <= LAST_TIME_MS)) return invalid('the clock tells no time')
  const text = givenPrompt(given, decisionId, input)
  const failure = given.failure ?? undefined
  const givenId = given.outcomeId ?? undefined
  const ownId = givenId === undefined ? uuidV7(nowMs) : undefined
  const unchecked = {
    outcome_id: givenId ?? ownId,
    decision_id: safe(decisionId),
    task_type: taskType,
    model_name: safe(described.modelName),
    provider: safe(described.provider),
    thinking_level: safe(described.thinkingLevel),
    response_quality: given.qualityScore ?? undefined,
    success: given.success ?? (failure === undefined ? undefined : false),
    response_time_ms: given.responseTimeMs ?? undefined,
    cost_usd: given.costUsd ?? undefined,
    instance_id: input.instanceId,
    feedback_text: safe(given.feedbackText ?? undefined, limits.feedbackChars),
    failure: safe(failure, limits.failureChars),
    corrects: given.corrects ?? undefined,
    propensity: described.propensity,
    snapshot_version: described.snapshotVersion,
    occurred_at: occurredAt,
  }
  const message = isSoundMessage(unchecked, ownId) ? unchecked : checked(unchecked)
  if (typeof message === 'string') return invalid(message)
  return {
    status: 'valid',
    outcome: { message, recordedAtMs: nowMs, promptText: text, prompts },
  }
}

/** By the contract itself: the message, or what is wrong with it. */
function checked(message: UncheckedMessage): RecordedMessage | string {
  const parsed = outcomeSchema.safeParse(message)
  if (!parsed.success) return issueText(parsed.error.issues[0])
  return { ...parsed.data, outcome_id: parsed.data.outcome_id ?? '' }
}

interface DescribedModel {
  readonly modelName: unknown
  readonly provider: unknown
  readonly thinkingLevel: unknown
  readonly propensity?: number | undefined
  readonly snapshotVersion?: number | undefined
}

/**
 * The model to credit. A caller who took a fallback names it: then it is credited, and the decision's
 * propensity, which is another model's, is not claimed for it. The names are those of the decision
 * where they fit it, so that a model needs no provider beside it.
 */
function describedModel(
  given: Given,
  origin: OutcomeOrigin | undefined,
  { resolveModel }: OutcomeMessageInput,
): DescribedModel | undefined {
  const name = given.model ?? given.selectedModel ?? undefined
  const provider = given.provider ?? given.selectedProvider ?? undefined
  const thinkingLevel = given.thinkingLevel ?? undefined
  const snapshotVersion = origin?.snapshotVersion
  const decided =
    origin === undefined ? undefined : fittingCandidate(origin, { name, provider, thinkingLevel })
  if (decided !== undefined) {
    const { modelName, provider: itsProvider, thinkingLevel: itsLevel } = decided
    const propensity = decided === origin?.chosen ? origin.propensity : undefined
    return {
      modelName,
      provider: itsProvider,
      thinkingLevel: itsLevel,
      propensity,
      snapshotVersion,
    }
  }
  const described = name ?? origin?.chosen.model
  if (described === undefined) return undefined
  const known = provider === undefined || typeof provider === 'string'
  if (typeof described !== 'string' || !known) {
    return { modelName: described, provider, thinkingLevel, snapshotVersion }
  }
  const resolved = resolveModel(described, provider)
  return {
    modelName: resolved.modelName,
    provider: resolved.provider,
    thinkingLevel,
    snapshotVersion,
  }
}

interface NamedModel {
  readonly name: unknown
  readonly provider: unknown
  readonly thinkingLevel: unknown
}

/** The candidate of a decision that a caller means. */
function fittingCandidate(
  { chosen, fallbacks }: OutcomeOrigin,
  named: NamedModel,
): OriginCandidate | undefined {
  if (fits(chosen, named)) return chosen
  const fitting = fallbacks.filter((candidate) => fits(candidate, named))
  // Of fallbacks at several levels one without a level is meant where none is said.
  return fitting.find(({ thinkingLevel }) => thinkingLevel === named.thinkingLevel) ?? fitting[0]
}

function fits(candidate: OriginCandidate, { name, provider, thinkingLevel }: NamedModel): boolean {
  return (
    (name === undefined || name === candidate.model || name === candidate.modelName) &&
    (provider === undefined || provider === candidate.provider) &&
    (thinkingLevel === undefined || thinkingLevel === candidate.thinkingLevel)
  )
}

/** Read at once: callers go on with their lists of messages. */
function givenPrompt(
  { prompt = undefined }: Given,
  decisionId: unknown,
  input: OutcomeMessageInput,
): string | undefined {
  // Taken in any case, so that the messages of a recorded decision can be collected.
  const kept = typeof decisionId === 'string' ? input.takeMessages(decisionId) : undefined
  if (input.prompts === 'none') return undefined
  const own = prompt ?? undefined
  if (own !== undefined) return promptText(own)
  const messages = kept?.messages ?? undefined
  return messages === undefined ? undefined : promptText(messages, kept?.count)
}

function isoTime(value: unknown): string | undefined {
  const date =
    typeof value === 'number' || typeof value === 'string' || value instanceof Date
      ? new Date(value)
      : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what jsonb does not hold
const doubtful = /[\u0000\ud800-\udfff]/

function safe(value: unknown, maxChars = Number.POSITIVE_INFINITY): unknown {
  if (typeof value !== 'string') return value
  return value.length <= maxChars && !doubtful.test(value) ? value : toSafeText(value, maxChars)
}

function issueText(issue: { path: PropertyKey[]; message: string } | undefined): string {
  return issue === undefined ? 'not valid' : `${issue.path.map(String).join('.')}: ${issue.message}`
}

function invalid(problem: string): ParsedOutcome {
  return { status: 'invalid', problem }
}
