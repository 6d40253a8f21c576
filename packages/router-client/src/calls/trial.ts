// An attempt that is under way: what is known of it, and how it is recorded and reported.
import type { WatchedCall } from '../availability/under-way.ts'
import type { DecisionOutcome } from '../outcomes/record/outcome.ts'
import type { KnownCall } from '../outcomes/record/outcome-recorder.ts'
import type { Decision } from '../routing/memory/decision.ts'
import type { Candidate } from '../routing/table/candidate.ts'
import type { RoutingTable } from '../routing/table/routing-table.ts'
import type { Clock } from '../runtime/clock.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { describeCause, isThenable } from '../runtime/unknown-value.ts'
import type { Attempt, AttemptReport } from './call-options.ts'
import type { SigningInput } from './call-reference.ts'
import { type Judgement, judge, noVerdict } from './judge.ts'
import type { ReadOptions } from './read-call-options.ts'
import type { Thrown } from './read-error.ts'
import { readSpent, type Turn } from './turn.ts'

export interface CallerInput extends SigningInput {
  readonly record: (outcome: DecisionOutcome, known: KnownCall) => void
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  readonly table: { readonly current: Pick<RoutingTable, 'resolve'> }
}

/** One call with all its attempts. */
export interface Run<Answer> extends CallerInput {
  readonly decision: Decision
  readonly own: ReadOptions<Answer>['own']
  readonly attempts: AttemptReport[]
  /** Watches an attempt until its first output, so that a provider which stops answering is noticed. */
  readonly watch: (candidate: Candidate) => WatchedCall
  /** Tells a person what to do about a refusal. */
  readonly advise: (candidate: Candidate, thrown: Thrown) => void
  readonly turn: Turn | undefined
  /** Aborts when the caller gives up or the time of the whole call is over. */
  readonly signal: AbortSignal
  readonly end: () => void
}

/** An attempt that is to be made. */
export interface NextAttempt {
  readonly candidate: Candidate
  /** Those whose answers have failed before, in their order. */
  readonly failed: readonly Candidate[]
  /** With which it was chosen after them; undefined of others. */
  readonly propensity?: number | undefined
}

/** An attempt that is under way. */
export interface Trial<Answer> {
  readonly run: Run<Answer>
  readonly attempt: Attempt
  /** Among the attempts of this call. */
  readonly place: number
  readonly next: NextAttempt
  /** Names it in its turn, which may outlive what the trial holds. */
  readonly key: object
  readonly startedAtMs: number
  /** What is recorded then completes it. */
  isRecorded: boolean
}

/** Records an attempt and reports it. */
export function finish<Answer>(
  trial: Trial<Answer>,
  facts: Partial<DecisionOutcome>,
  { error, retryAfterMs }: Pick<AttemptReport, 'error' | 'retryAfterMs'> = {},
): void {
  record(trial, facts)
  const { failure, success = false, responseTimeMs } = facts
  const { provider, model, thinkingLevel } = trial.attempt
  trial.run.attempts[trial.place] = {
    ...{ provider, model, thinkingLevel, responseTimeMs, success },
    ...(failure !== undefined && { failure, error, retryAfterMs }),
  }
}

function record<Answer>(trial: Trial<Answer>, facts: Partial<DecisionOutcome>): void {
  const { run, attempt } = trial
  const { provider, model, thinkingLevel = null } = attempt
  const { decisionId } = run.decision
  // Null: a fallback may be the decided model without its level.
  const called = { decisionId, provider, model, thinkingLevel, attempt: attempt.attempt }
  const after = trial.next.failed.map(({ modelName }) => modelName)
  const told = { ...called, ...(after.length > 0 && { after }), ...facts }
  const { usage } = facts
  const { prices } = run.table.current.resolve(attempt.modelName, attempt.provider)
  const spent = run.turn && usage && readSpent(usage, prices)
  const nowMs = run.clock.now()
  const outcome = run.turn?.outcomeOf(trial.key, attempt.attempt, told, { nowMs, spent }) ?? told
  const begunMs = trial.isRecorded ? undefined : trial.startedAtMs
  trial.isRecorded = true
  run.record(outcome, { propensity: trial.next.propensity, begunMs })
}

/** @param seen The answer, or the chunks of its stream. */
export async function verdictOn<Answer>({ run, attempt }: Trial<Answer>, seen: unknown) {
  const { own, clock, signal, warn, decision } = run
  const { verify, verifyMs } = own
  if (verify === undefined) return noVerdict
  return judge(() => verify(seen as never, attempt), {
    ...{ clock, verifyMs, signal },
    warn(problem) {
      // Who gave up knows why there is no verdict.
      if (own.signal?.aborted === true) return
      warn('answer-unjudged', decision.taskType, { taskType: decision.taskType, problem })
    },
  })
}

/** What `usageOf` says at once. What it promises completes the outcome when it comes: neither answer nor outcome waits. */
export function usageOf<Answer>(trial: Trial<Answer>, seen: unknown): object | undefined {
  const { own, warn } = trial.run
  const complain = (error: unknown) =>
    warn('usage-unread', 'usageOf', { problem: `usageOf failed: ${describeCause(error)}` })
  try {
    const told = own.usageOf?.(seen as never)
    if (!isThenable(told)) return told
    Promise.resolve(told)
      .then((usage) => usage && record(trial, { success: null, usage }))
      .catch(complain)
  } catch (error) {
    complain(error)
  }
  return undefined
}

export function elapsedMs<Answer>({ run, startedAtMs }: Trial<Answer>): number {
  return Math.max(0, run.clock.now() - startedAtMs)
}

export function about<Answer>({ attempt }: Trial<Answer>, judgement: Judgement) {
  const { success: verdict, ...said } = judgement
  const { decision, reference, provider, model, thinkingLevel = null } = attempt
  const { decisionId } = decision
  return { answered: { decisionId, reference, provider, model, thinkingLevel }, verdict, ...said }
}
/** Who answered, where that is another known model than the called one: then the provider has redirected the call. */
export function redirectOf<Answer>(
  { run, attempt }: Trial<Answer>,
  answeredBy: string | undefined,
) {
  if (answeredBy === undefined) return {}
  const { modelName, thinkingLevels } = run.table.current.resolve(answeredBy, attempt.provider)
  // Only models of the catalogue have a list of levels.
  return thinkingLevels !== undefined && modelName !== attempt.modelName ? { answeredBy } : {}
}
