// Turns what a caller says of a call into the outcome that travels, or says what is wrong with it.
import { createHash } from 'node:crypto'
import { limits, type OutcomeMessage, outcomeSchema } from '@winrate/shared-schema/contracts'
import { toSafeText } from '../runtime/safe-text.ts'
import type { OriginCandidate, OutcomeOrigin } from './outcome.ts'
import { promptText } from './prompt-text.ts'

/** What happens to prompts: a hash and the length travel, the text too, or nothing. */
export type PromptPolicy = 'hash' | 'store' | 'none'

export interface OutcomeMessageInput {
  readonly prompts: PromptPolicy
  readonly instanceId: string
  readonly nowMs: number
  readonly newId: () => string
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
  | { readonly status: 'valid'; readonly message: OutcomeMessage & { readonly outcome_id: string } }
  | { readonly status: 'invalid'; readonly problem: string }
  | { readonly status: 'unknown-decision'; readonly problem: string }

/** Throws only what hostile getters throw. */
export function parseOutcome(value: unknown, input: OutcomeMessageInput): ParsedOutcome {
  if (typeof value !== 'object' || value === null) return invalid('outcome must be an object')
  const read = (name: string): unknown => Reflect.get(value, name) ?? undefined
  const decisionId = read('decisionId')
  const origin = typeof decisionId === 'string' ? input.findDecision(decisionId) : undefined
  const described = describedModel(read, origin, input)
  const taskType = read('taskType') ?? origin?.taskType
  if (described === undefined || taskType === undefined) {
    return decisionId === undefined
      ? invalid('outcome needs a decisionId, or taskType and model')
      : {
          status: 'unknown-decision',
          problem: 'the decision is not known here; describe the call by taskType and model',
        }
  }
  const occurredAt = isoTime(read('occurredAt') ?? input.nowMs)
  if (occurredAt === undefined) return invalid('occurredAt is no time')
  const parsed = outcomeSchema.safeParse({
    outcome_id: read('outcomeId') ?? input.newId(),
    decision_id: decisionId,
    task_type: taskType,
    model_name: safe(described.modelName),
    provider: safe(described.provider),
    thinking_level: safe(described.thinkingLevel),
    ...promptFields(read('prompt'), decisionId, input),
    response_quality: read('qualityScore'),
    success: read('success') ?? (read('failure') === undefined ? undefined : false),
    response_time_ms: read('responseTimeMs'),
    cost_usd: read('costUsd'),
    instance_id: input.instanceId,
    feedback_text: safe(read('feedbackText'), limits.feedbackChars),
    failure: safe(read('failure'), limits.failureChars),
    corrects: read('corrects'),
    propensity: described.propensity,
    snapshot_version: described.snapshotVersion,
    occurred_at: occurredAt,
  })
  if (!parsed.success) return invalid(issueText(parsed.error.issues[0]))
  return { status: 'valid', message: withoutUndefined(parsed.data, parsed.data.outcome_id ?? '') }
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
  read: (name: string) => unknown,
  origin: OutcomeOrigin | undefined,
  { resolveModel }: OutcomeMessageInput,
): DescribedModel | undefined {
  const name = read('model') ?? read('selectedModel')
  const provider = read('provider') ?? read('selectedProvider')
  const thinkingLevel = read('thinkingLevel')
  const fitting = (origin?.candidates ?? []).filter(
    (candidate) =>
      (name === undefined || name === candidate.model || name === candidate.modelName) &&
      (provider === undefined || provider === candidate.provider) &&
      (thinkingLevel === undefined || thinkingLevel === candidate.thinkingLevel),
  )
  const [first] = fitting
  // Of fallbacks at several levels one without a level is meant where none is said.
  const decided =
    first === origin?.candidates[0]
      ? first
      : (fitting.find((candidate) => candidate.thinkingLevel === thinkingLevel) ?? first)
  const snapshotVersion = origin?.snapshotVersion
  if (decided !== undefined) {
    const propensity = decided === origin?.candidates[0] ? origin.propensity : undefined
    return { ...named(decided), propensity, snapshotVersion }
  }
  const described = name ?? origin?.candidates[0]?.model
  if (described === undefined) return undefined
  const known = provider === undefined || typeof provider === 'string'
  if (typeof described !== 'string' || !known) {
    return { modelName: described, provider, thinkingLevel, snapshotVersion }
  }
  return { ...resolveModel(described, provider), thinkingLevel, snapshotVersion }
}

function named({ modelName, provider, thinkingLevel }: OriginCandidate) {
  return { modelName, provider, thinkingLevel }
}

function promptFields(prompt: unknown, decisionId: unknown, input: OutcomeMessageInput) {
  // Taken in any case, so that the messages of a recorded decision can be collected.
  const kept = typeof decisionId === 'string' ? input.takeMessages(decisionId) : undefined
  if (input.prompts === 'none') return {}
  const given = prompt ?? kept?.messages
  if (given === undefined) return {}
  const text = promptText(given, prompt === undefined ? kept?.count : undefined)
  const hashed = {
    prompt_hash: createHash('sha256').update(text).digest('hex'),
    prompt_length: text.length,
  }
  if (input.prompts === 'hash') return hashed
  return { ...hashed, prompt: toSafeText(text, limits.promptChars) }
}

function isoTime(value: unknown): string | undefined {
  const date =
    typeof value === 'number' || typeof value === 'string' || value instanceof Date
      ? new Date(value)
      : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function safe(value: unknown, maxChars?: number): unknown {
  return typeof value === 'string' ? toSafeText(value, maxChars) : value
}

function issueText(issue: { path: PropertyKey[]; message: string } | undefined): string {
  return issue === undefined ? 'not valid' : `${issue.path.map(String).join('.')}: ${issue.message}`
}

function invalid(problem: string): ParsedOutcome {
  return { status: 'invalid', problem }
}

function withoutUndefined<T extends object>(message: T, outcomeId: string) {
  return { ...message, outcome_id: outcomeId }
}
