// One attempt of a call: calls one candidate, judges its answer, and records how it went.
import type { DecisionOutcome } from '../outcomes/record/outcome.ts'
import type { Candidate } from '../routing/table/candidate.ts'
import { abortable, type Clock, type Timer } from '../runtime/clock.ts'
import { linkAbort } from '../runtime/signal.ts'
import type { Attempt, CallResult } from './call-options.ts'
import { referenceOf } from './call-reference.ts'
import { noVerdict } from './judge.ts'
import { readError, type Thrown } from './read-error.ts'
import { usageIn } from './stream/answer-usage.ts'
import { answererIn } from './stream/answerer.ts'
import type { StreamEnd } from './stream/chunk.ts'
import { type FoundStream, findStream } from './stream/find-stream.ts'
import { drain, StreamReader, stop } from './stream/stream-reader.ts'
import {
  about,
  elapsedMs,
  finish,
  type NextAttempt,
  type Run,
  redirectOf,
  type Trial,
  usageOf,
  verdictOn,
} from './trial.ts'

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

/** Never throws. */
export async function runAttempt<Answer>(
  run: Run<Answer>,
  next: NextAttempt,
  callback: Callback<Answer>,
): Promise<Answered<Answer> | Failed> {
  const { clock, decision, own, attempts, turn } = run
  const place = attempts.length
  const { candidate } = next
  const controller = linkAbort(run.signal)
  const { signal } = controller
  const problem = 'no output came within firstOutputMs'
  const timer = abortAfter(clock, controller, { delayMs: own.firstOutputMs, problem })
  const number = turn?.attemptOf(next) ?? place + 1
  const reference = referenceOf(run, { ...next, attempt: number })
  const attempt = { ...candidate, decision, reference, attempt: number, signal }
  const startedAtMs = clock.now()
  const trial = { run, attempt, place, next, key: {}, startedAtMs, isRecorded: false }
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
      const told = { usage: usageIn(answer), answeredBy: answererIn(answer) }
      const judged = await judgeWhole(trial, answer, told)
      return { answer: { result: answer, ...judged }, isStream: false, candidate }
    }
    const keepsChunks = own.verify !== undefined || own.usageOf !== undefined
    stream = new StreamReader(found.stream, { signal, controller, keepsChunks })
    const isOver = await stream.begin()
    timer?.cancel()
    watched.answered()
    if (isOver) {
      const told = { usage: stream.usage, answeredBy: stream.answerer }
      const judged = await judgeWhole(trial, stream.chunks, told)
      const through = readThrough(answer, found, stream)
      return { answer: { ...through, ...judged }, isStream: false, candidate }
    }
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

/** What is judged before it is handed on: a value, or what a stream brought that ended without an output. */
async function judgeWhole<Answer>(
  trial: Trial<Answer>,
  seen: unknown,
  told: { readonly usage: object | undefined; readonly answeredBy: string | undefined },
) {
  const responseTimeMs = elapsedMs(trial)
  const judgement = await verdictOn(trial, seen)
  const usage = usageOf(trial, seen) ?? told.usage
  finish(trial, { responseTimeMs, usage, ...redirectOf(trial, told.answeredBy), ...judgement })
  return about(trial, judgement)
}

/** Gives a stream that has begun to its reader, and records it when it is over. */
function handOn<Answer>(
  trial: Trial<Answer>,
  answer: Answer,
  found: FoundStream,
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
  if (found.place === 'shared') drain(stream)
  return { ...readThrough(answer, found, stream), ...about(trial, noVerdict) }
}

function readThrough<Answer>(
  answer: Answer,
  { place, stream: source }: FoundStream,
  stream: StreamReader,
) {
  return {
    result: place === 'itself' ? stream.inPlaceOf(answer) : answer,
    ...(place === 'named' && { stream: stream.inPlaceOf(source) }),
  }
}

/** What to record of a stream that is over. */
async function streamOver<Answer>(
  trial: Trial<Answer>,
  { chunks, usage: told, toldFailure }: StreamReader,
  end: StreamEnd,
): Promise<Partial<DecisionOutcome>> {
  const { own, clock } = trial.run
  const usage = (chunks && usageOf(trial, chunks)) ?? told
  // Its time is not that of a complete answer.
  // Some SDKs abort a stream because of the failure that it told.
  if (end.how === 'cancelled' || (own.signal?.aborted === true && !toldFailure)) {
    return { success: null, usage, responseTimeMs: undefined }
  }
  if (end.how === 'broke') {
    return { failure: readError(end.error, clock.now()).failure ?? 'unreadable', usage }
  }
  const judgement = chunks ? await verdictOn(trial, chunks) : noVerdict
  return { usage, ...judgement }
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
