// Turns what a caller says about a call into an outcome that can be sent, or says what is wrong with it.
// `parseOutcome` names every field of an outcome; no other place in the client does.

import {
  isStratum,
  limits,
  type OutcomeField,
  type OutcomeMessage,
  outcomeMessageSchema,
  problemWith,
  type ReferenceSigner,
  readOutcome,
} from '@winrate/shared-schema/contracts'
import { listCostUsd } from '@winrate/shared-schema/scoring'
import type { MadeDecision } from '../../routing/memory/decision.ts'
import type { DecisionMemory } from '../../routing/memory/decision-memory.ts'
import type { TableInUse } from '../../routing/table/table-in-use.ts'
import { describeCause, toSafeText } from '../../runtime/unknown-value.ts'
import type { RecordedPrompt } from '../send/outcome-buffer.ts'
import { callerName, findUnknownFields, type Given } from './known-fields.ts'
import { failedBefore, propensityOf } from './later-attempt.ts'
import { type CreditedModel, creditedModel, type Names } from './outcome-model.ts'
import { promptText } from './prompt-text.ts'
import { isDelay } from './read-call.ts'
import { readFailure } from './read-failure.ts'
import { belongingOf, readReferred, referredModel } from './read-reference.ts'
import { readUsage } from './read-usage.ts'
import { isoTime } from './time-text.ts'

/** What happens to prompts: a hash and the length are sent, the text too, or nothing. */
export type PromptPolicy = 'hash' | 'store' | 'none'

/** What this router adds to what a caller says. */
export interface RecordingContext {
  readonly instanceId: string
  readonly prompts: PromptPolicy
  readonly signer: ReferenceSigner | undefined
  readonly memory: DecisionMemory
  readonly table: TableInUse
}

export type ParsedOutcome =
  | {
      readonly status: 'valid'
      /** Without an id and a time, where the caller gave none. */
      readonly message: OutcomeMessage
      readonly prompt: RecordedPrompt | undefined
      readonly mistakes: readonly Mistake[]
    }
  | { readonly status: 'invalid' | 'unknown-decision'; readonly problem: string }

/** What a caller should know of an outcome that counts all the same. */
export interface Mistake {
  readonly kind: 'field-left-out' | 'field-unknown' | 'failure-unknown'
  /** What it is about: the caller's name of the field, or the word. */
  readonly name: string
  /** A sentence. */
  readonly problem: string
}

/** @throws only what hostile getters throw. */
export function parseOutcome(
  value: unknown,
  context: RecordingContext,
  chosenWith?: number,
): ParsedOutcome {
  if (typeof value !== 'object' || value === null) return invalid('outcome must be an object')
  const given: Given = value
  const mistakes: Mistake[] = []
  findUnknownFields(value, (name, problem) =>
    mistakes.push({ kind: 'field-unknown', name, problem }),
  )
  const referred = readReferred(given.reference, context.signer)
  if (typeof referred === 'string') return invalid(referred)
  const decisionId = referred?.decision_id ?? given.decisionId ?? undefined
  const decision = context.memory.find(decisionId)
  const names = readNames(given, decision, mistakes)
  const model = referred ? referredModel(referred) : creditedModel(names, decision, context.table)
  const taskType = referred?.task_type ?? learnedAs(names.taskType, decision?.request)
  if (typeof names.taskType === 'string' && isStratum(names.taskType)) {
    return invalid('taskType must not have a segment with @: those are of the router')
  }
  if (model === undefined && decision !== undefined) {
    return invalid('the decision names no model, as no candidate was allowed: name the called one')
  }
  if (model === undefined || taskType === undefined) {
    return decisionId === undefined
      ? invalid('outcome needs a reference or a decisionId, or taskType and model')
      : {
          status: 'unknown-decision',
          problem: 'the decision is not known here: send its reference, or taskType and model',
        }
  }
  const failure = readFailure(given.failure, mistakes)
  const usage = usageSaid(given, mistakes)
  const costUsd = callCost(given, usage, model, context)
  if ((given.retryAfterMs ?? undefined) !== undefined && !isDelay(given.retryAfterMs)) {
    mistakes.push(leftOut('retryAfterMs', 'must be milliseconds, a number of at least 0'))
  }
  const message = {
    outcome_id: given.outcomeId ?? undefined,
    decision_id: safe(decisionId),
    task_type: typeof taskType === 'string' ? context.table.current.countedAt(taskType) : taskType,
    model_name: safe(model.modelName),
    provider: safe(model.provider),
    thinking_level: safe(model.thinkingLevel ?? undefined),
    response_quality: given.qualityScore ?? undefined,
    success: failure === undefined || failure === '' ? given.success : (given.success ?? false),
    response_time_ms: given.responseTimeMs ?? undefined,
    cost_usd: given.costUsd ?? costUsd,
    instance_id: context.instanceId,
    feedback_text: safe(given.feedbackText ?? undefined, limits.feedbackChars),
    failure: safe(failure, limits.failureChars),
    corrects: given.corrects ?? undefined,
    propensity: propensityOf(referred ? undefined : given.after, model.propensity, chosenWith),
    snapshot_version: referred ? referred.snapshot_version : decision?.snapshotVersion,
    occurred_at: isoTime(given.occurredAt ?? undefined),
    answered_by: safe(answeredBy(given, model)),
    ...belongingOf(referred, decision),
    attempt: referred ? referred.attempt : (given.attempt ?? undefined),
    after: safe(referred ? referred.after : failedBefore(given.after ?? undefined, context.table)),
    input_tokens: known(usage.inputTokens),
    cache_read_tokens: known(usage.cacheReadTokens),
    output_tokens: known(usage.outputTokens),
    would_choose: model.wouldChoose,
  }
  const prompt = givenPrompt(given, decisionId, context)
  const { data } = outcomeMessageSchema.safeParse(message)
  if (data !== undefined) return { status: 'valid', message: data, prompt, mistakes }
  const { outcome, problems } = readOutcome(message)
  const told = problems.map(({ field, problem }) => leftOut(callerName(field), problem))
  if (outcome === undefined) return invalid(told[0]?.problem ?? 'not valid')
  return { status: 'valid', message: outcome, prompt, mistakes: [...mistakes, ...told] }
}

function leftOut(name: string, problem: string): Mistake {
  return { kind: 'field-left-out', name, problem: `${name} ${problem}` }
}

/** A caller that repeats the task type of a decision names no other one. */
function learnedAs(given: unknown, decided: MadeDecision['request'] | undefined): unknown {
  if (decided === undefined) return given
  const { askedTaskType, taskType } = decided
  return (given ?? askedTaskType) === askedTaskType ? taskType : given
}

/** The names that a caller gave. One that cannot be a name counts as none, if the decision knows it too. */
function readNames(given: Given, decision: MadeDecision | undefined, mistakes: Mistake[]): Names {
  function usable(name: string, field: OutcomeField, value: unknown): string | undefined {
    if (value === undefined) return undefined
    const problem = problemWith(field, value)
    if (problem === undefined) return String(value)
    mistakes.push(leftOut(name, problem))
    return undefined
  }
  const taskType = given.taskType ?? undefined
  const model = given.model ?? given.selectedModel ?? undefined
  const isDecided = decision !== undefined
  return {
    taskType: isDecided ? usable('taskType', 'task_type', taskType) : taskType,
    model: isDecided ? usable('model', 'model_name', model) : model,
    provider: usable('provider', 'provider', given.provider ?? given.selectedProvider ?? undefined),
    thinkingLevel:
      given.thinkingLevel === null
        ? null
        : usable('thinkingLevel', 'thinking_level', given.thinkingLevel),
  }
}

type Usage = ReturnType<typeof readUsage>

/** A count that could not be read was complained of. */
function known(tokens: number | undefined): number | undefined {
  return Number.isNaN(tokens) ? undefined : tokens
}

/** What a call cost by its usage, at the prices of the model that answered. */
function callCost(
  given: Given,
  { costUsd, ...tokens }: Usage,
  model: CreditedModel,
  { table }: RecordingContext,
): number | undefined {
  const name = answeredBy(given, model) ?? model.model ?? model.modelName
  const provider = typeof model.provider === 'string' ? model.provider : undefined
  if (costUsd !== undefined || problemWith('answered_by', name) !== undefined) return costUsd
  return listCostUsd(tokens, table.current.resolve(String(name), provider).prices ?? {})
}

/** The fields of an SDK's usage may be getters that throw, which costs the tokens alone. */
function usageSaid(given: Given, mistakes: Mistake[]): Usage {
  try {
    return (given.usage ?? undefined) === undefined ? {} : readUsage(given.usage, mistakes)
  } catch (error) {
    mistakes.push(leftOut('usage', `could not be read: ${describeCause(error)}`))
    return {}
  }
}

/** Who answered, if it is another model than the called one. */
function answeredBy(given: Given, { modelName, model, answeredBy: found }: CreditedModel): unknown {
  const name = given.answeredBy ?? found
  return name === modelName || name === model ? undefined : name
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
