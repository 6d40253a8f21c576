// The loop of every source that polls: one attempt at a time, until it is stopped. Intervals are jittered by 20 %,
// failures wait with full jitter. Timers never keep the process alive.
import { pause } from '../../runtime/clock.ts'
import { describeCause } from '../../runtime/unknown-value.ts'
import { createBackoff, jittered, type RetryAdvice } from '../../transport/backoff.ts'
import type { OfferOptions, SnapshotReceiver, SnapshotSource } from './snapshot-source.ts'

export interface PollAttempt {
  readonly receiver: SnapshotReceiver
  readonly signal: AbortSignal
  /** The attempt before failed, or what it found was refused. */
  readonly lastFailed: boolean
}

/** What an attempt found: a snapshot's text, nothing newer than what the router knows, or a problem. */
export type Polled =
  | ({ readonly text: string; readonly held?: boolean } & OfferOptions)
  | { readonly text?: undefined; readonly problem?: undefined; readonly held?: boolean }
  | ({ readonly text?: undefined; readonly problem: string } & RetryAdvice)

export interface PollLoopInput {
  readonly intervalMs: number
  /** One attempt. May throw; then it failed. */
  readonly poll: (attempt: PollAttempt) => Promise<Polled>
}

export interface PollingSourceInput extends PollLoopInput {
  readonly kind: string
  readonly address: string | undefined
  readonly problems: readonly string[]
  /** Closes what the polls used. */
  readonly close?: () => Promise<void>
}

const BACKOFF_BASE_MS = 2_000
const BACKOFF_CAP_MS = 60_000

/** A source that polls from start to stop. */
export function createPollingSource(input: PollingSourceInput): SnapshotSource {
  const { kind, address, problems, close } = input
  const loop = createPollLoop(input)
  let state: 'idle' | 'started' | 'stopped' = 'idle'
  return {
    expectsUpdates: true,
    address,
    problems,
    start(receiver) {
      if (state !== 'idle') return
      state = 'started'
      loop.start(receiver, 0)
    },
    async stop() {
      if (state === 'stopped') return
      state = 'stopped'
      await Promise.all([loop.stop(), close?.()])
    },
    status() {
      if (state !== 'started') return { kind, state }
      return { kind, state: loop.isFailing() ? 'failing' : 'polling' }
    },
  }
}

export type PollLoop = ReturnType<typeof createPollLoop>

export function createPollLoop({ intervalMs, poll }: PollLoopInput) {
  let run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined
  let failing = false

  async function keepPolling(
    receiver: SnapshotReceiver,
    firstDelayMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random } = receiver
    const capMs = Math.max(BACKOFF_CAP_MS, intervalMs)
    const backoff = createBackoff({ baseMs: BACKOFF_BASE_MS, capMs, random })
    let delayMs = firstDelayMs
    let failure: RetryAdvice | undefined
    while (!signal.aborted) {
      if (delayMs > 0) await pause(clock, delayMs, signal)
      if (signal.aborted) return
      failure = await attempt({ receiver, signal, lastFailed: failure !== undefined }, poll)
      if (signal.aborted) return
      failing = failure !== undefined
      if (!failing) backoff.reset()
      delayMs = failing ? backoff.retryDelayMs(failure) : jittered(intervalMs, random)
    }
  }

  return {
    start(receiver: SnapshotReceiver, firstDelayMs: number): void {
      if (run !== undefined) return
      const abort = new AbortController()
      run = { abort, done: keepPolling(receiver, firstDelayMs, abort.signal) }
    },
    /** Aborts what runs; resolves when nothing runs any more. The loop may be started again. */
    async stop(): Promise<void> {
      const stopped = run
      run = undefined
      failing = false
      stopped?.abort.abort()
      await stopped?.done
    },
    isFailing: (): boolean => failing,
  }
}

/** Polls and reports the result to the receiver. Returns what a failure says about the next attempt. */
async function attempt(
  input: PollAttempt,
  poll: PollLoopInput['poll'],
): Promise<RetryAdvice | undefined> {
  const { receiver, signal } = input
  let polled: Polled
  try {
    polled = await poll(input)
  } catch (cause) {
    polled = { problem: describeCause(cause) }
  }
  if (signal.aborted) return undefined
  if (polled.text !== undefined) {
    const answer = await receiver.offerText(polled.text, polled)
    if (answer === 'refused') return {}
    if (answer === 'accepted') return undefined
  } else if (polled.problem !== undefined) {
    receiver.fail(polled.problem)
    return polled
  }
  receiver.confirm({ held: polled.held === true })
  return undefined
}
