// One attempt of a call: calls one candidate, judges its answer, and records how it went.
import type { WatchedCall } from '../availability/under-way.ts'
import type { DecisionOutcome } from '../outcomes/record/outcome.ts'
import type { Decision } from '../routing/memory/decision.ts'
import type { Candidate } from '../routing/table/candidate.ts'
import type { RoutingTable } from '../routing/table/routing-table.ts'
import { abortable, type Clock, type Timer } from '../runtime/clock.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { describeCause, isThenable } from '../runtime/unknown-value.ts'
import type { Attempt, AttemptReport, CallResult } from './call-options.ts'
import { referenceOf, type SigningInput } from './call-reference.ts'
import { type Judgement, judge, noVerdict } from './judge.ts'
import type { ReadOptions } from './read-call-options.ts'
import { readError, type Thrown } from './read-error.ts'
import { usageIn } from './stream/answer-usage.ts'
import { answererIn } from './stream/answerer.ts'
import type { StreamEnd } from './stream/chunk.ts'
import { findStream } from './stream/find-stream.ts'
import { drain, StreamReader, stop } from './stream/stream-reader.ts'
import { readSpent, type Turn } from './turn.ts'

export interface CallerInput extends SigningInput {
  /** @param propensity Of a later attempt: that with which it was chosen. */
  readonly record: (outcome: DecisionOutcome, propensity?: number) => void
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  readonly table: { readonly current: Pick<RoutingTable, 'expectedCostUsd' | 'resolve'> }
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

export type Callback<Answer> = (attempt: Attempt) => Answer | PromiseLike<Answer>

export interface Answered<Answer> {
  readonly answer: Omit<CallResult<Answer>, 'decision' | 'attempts'>
  readonly isStream: boolean
  readonly candidate: Candidate
}

export interface Failed {
  readonly error: unknown
  readonly thrown: Thrown
}

/** Aborts in time. The process waits for it, as callers do. */
export function abortAfter(
  clock: Clock,
  controller: AbortController,
  { delayMs, problem }: { readonly delayMs: number | undefined; readonly problem: string },
): Timer | undefined {
  if (delayMs === undefined) return undefined
  const abort = () =>
    controller.abort(new DOMException(`${problem} (${delayMs} ms)`, 'TimeoutError'))
  return clock.setTimer(delayMs, abort, { keepAlive: true })
}

/** An attempt that is under way. */
interface Trial<Answer> {
  readonly run: Run<Answer>
  readonly attempt: Attempt
  /** Among the attempts of this call. */
  readonly place: number
  readonly next: NextAttempt
  /** Names it in its turn, which may outlive what the trial holds. */
  readonly key: object
  readonly startedAtMs: number
}

/** Never throws. */
export async function runAttempt<Answer>(
  run: Run<Answer>,
  next: NextAttempt,
  callback: Callback<Answer>,
): Promise<Answered<Answer> | Failed> {
  const { clock, decision, own, attempts, turn } = run
  const place = attempts.length
  const { candidate } = next
  const controller = new AbortController()
  const signal = AbortSignal.any([run.signal, controller.signal])
  const problem = 'no output came within firstOutputMs'
  const timer = abortAfter(clock, controller, { delayMs: own.firstOutputMs, problem })
  const number = turn?.attemptOf(next) ?? place + 1
  const reference = referenceOf(run, { ...next, attempt: number })
  const attempt = { ...candidate, decision, reference, attempt: number, signal }
  const trial = { run, attempt, place, next, key: {}, startedAtMs: clock.now() }
  const watched = run.watch(candidate)
  let stream: StreamReader | undefined
  try {
    const calling = Promise.resolve(attempt).then(callback)
    // One that comes too late is nobody's: it is stopped, and what it throws is handled.
    calling
      .then((late) => (signal.aborted ? stop(findStream(late, own.streamOf)?.stream) : undefined))
      .catch(() => undefined)
    const answer = await abortable(calling, signal)
    const found = findStream(answer, own.streamOf)
    if (found === undefined) {
      timer?.cancel()
      watched.answered()
      return { answer: await judgeValue(trial, answer), isStream: false, candidate }
    }
    const keepsChunks = own.verify !== undefined || own.usageOf !== undefined
    stream = new StreamReader(found.stream, { signal, controller, keepsChunks })
    await stream.begin()
    timer?.cancel()
    watched.answered()
    return { answer: handOn(trial, answer, found, stream), isStream: true, candidate }
  } catch (error) {
    timer?.cancel()
    watched.end()
    // What an SDK throws when its signal aborts differs; why it aborted is known here.
    const cause: unknown = signal.aborted ? signal.reason : error
    // Stops what goes on in spite of its failure, such as a stream whose first chunk told it.
    controller.abort(cause)
    stream?.return().catch(() => undefined)
    return fail(trial, cause)
  }
}

async function judgeValue<Answer>(
  trial: Trial<Answer>,
  answer: Answer,
): Promise<Answered<Answer>['answer']> {
  const responseTimeMs = elapsedMs(trial)
  const judgement = await verdictOn(trial, answer)
  const usage = usageOf(trial, answer) ?? usageIn(answer)
  const redirect = redirectOf(trial, answererIn(answer))
  finish(trial, { responseTimeMs, usage, ...redirect, ...judgement })
  return { result: answer, ...about(trial, judgement) }
}

/** Gives a stream that has begun to its reader, and records it when it is over. */
function handOn<Answer>(
  trial: Trial<Answer>,
  answer: Answer,
  { place, stream: source }: NonNullable<ReturnType<typeof findStream>>,
  stream: StreamReader,
): Answered<Answer>['answer'] {
  let isRecorded = false
  stream.onAbandoned(trial.run.clock, () => {
    isRecorded = true
    finish(trial, { success: null, usage: stream.usage })
  })
  stream.onEnd((end) => {
    if (isRecorded && end.how === 'cancelled') return trial.run.end()
    const responseTimeMs = isRecorded ? undefined : elapsedMs(trial)
    streamOver(trial, stream, end)
      .then((facts) =>
        finish(trial, { responseTimeMs, ...redirectOf(trial, stream.answerer), ...facts }),
      )
      .catch(() => undefined)
      .finally(trial.run.end)
  })
  if (place === 'shared') drain(stream)
  return {
    result: place === 'itself' ? stream.inPlaceOf(answer) : answer,
    ...(place === 'named' && { stream: stream.inPlaceOf(source) }),
    ...about(trial, noVerdict),
  }
}

/** What to record of a stream that is over. */
async function streamOver<Answer>(
  trial: Trial<Answer>,
  { chunks, usage: told }: StreamReader,
  end: StreamEnd,
): Promise<Partial<DecisionOutcome>> {
  const { own, clock } = trial.run
  const usage = (chunks && usageOf(trial, chunks)) ?? told
  // Its time is not that of a complete answer.
  if (end.how === 'cancelled' || own.signal?.aborted === true) {
    return { success: null, usage, responseTimeMs: undefined }
  }
  if (end.how === 'broke') {
    return { failure: readError(end.error, clock.now()).failure ?? 'unreadable', usage }
  }
  const judgement = chunks ? await verdictOn(trial, chunks) : noVerdict
  return { usage, ...judgement }
}

/** Who answered, where that is another known model than the called one: then the provider has redirected the call. */
function redirectOf<Answer>({ run, attempt }: Trial<Answer>, answeredBy: string | undefined) {
  if (answeredBy === undefined) return {}
  const { modelName, thinkingLevels } = run.table.current.resolve(answeredBy, attempt.provider)
  // Only models of the catalogue have a list of levels.
  return thinkingLevels !== undefined && modelName !== attempt.modelName ? { answeredBy } : {}
}

function fail<Answer>(trial: Trial<Answer>, error: unknown): Failed {
  const { run, attempt } = trial
  const { own, clock } = run
  const thrown = readError(error, clock.now())
  const { failure, retryAfterMs } = thrown
  if (own.signal?.aborted !== true && failure !== undefined) {
    const responseTimeMs = elapsedMs(trial)
    finish(trial, { failure, responseTimeMs, retryAfterMs }, { error, retryAfterMs })
    run.advise(attempt, thrown)
  }
  return { error, thrown }
}

/** Records an attempt and reports it. */
function finish<Answer>(
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
  run.record(outcome, trial.next.propensity)
}

/** @param seen The answer, or the chunks of its stream. */
async function verdictOn<Answer>({ run, attempt }: Trial<Answer>, seen: unknown) {
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
function usageOf<Answer>(trial: Trial<Answer>, seen: unknown): object | undefined {
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

function elapsedMs<Answer>({ run, startedAtMs }: Trial<Answer>): number {
  return Math.max(0, run.clock.now() - startedAtMs)
}

function about<Answer>({ attempt }: Trial<Answer>, judgement: Judgement) {
  const { success: verdict, ...said } = judgement
  const { decision, reference, provider, model, thinkingLevel = null } = attempt
  const { decisionId } = decision
  return { answered: { decisionId, reference, provider, model, thinkingLevel }, verdict, ...said }
}
