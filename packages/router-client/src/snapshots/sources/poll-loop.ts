import { pause } from '../../runtime/clock.ts'
import { describeCause } from '../../runtime/describe-error.ts'
import { createBackoff, jittered, type RetryAdvice } from '../../transport/backoff.ts'
import type { SnapshotReceiver } from './snapshot-source.ts'

/** What one poll came to. */
export interface PollResult extends RetryAdvice {
  readonly ok: boolean
}

export interface PollLoopInput {
  readonly intervalMs: number
  /** One attempt. May throw; then it failed. */
  readonly poll: (signal: AbortSignal) => Promise<PollResult>
}

export interface PollLoop {
  start(receiver: SnapshotReceiver, firstDelayMs: number): void
  /** Aborts what runs; resolves when nothing runs any more. */
  stop(): Promise<void>
  isFailing(): boolean
}

const BACKOFF_BASE_MS = 2_000
const BACKOFF_CAP_MS = 60_000

/**
 * Polls, one attempt at a time, for ever: intervals are jittered by 20 %, failures wait with full
 * jitter, nothing makes it give up. Its timer never keeps the process alive.
 */
export function createPollLoop({ intervalMs, poll }: PollLoopInput): PollLoop {
  let run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined
  let failing = false

  async function attempt(receiver: SnapshotReceiver, signal: AbortSignal): Promise<PollResult> {
    try {
      return await poll(signal)
    } catch (cause) {
      if (!signal.aborted) receiver.fail(describeCause(cause))
      return { ok: false }
    }
  }

  async function keepPolling(
    receiver: SnapshotReceiver,
    firstDelayMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random } = receiver
    const capMs = Math.max(BACKOFF_CAP_MS, intervalMs)
    const backoff = createBackoff({ baseMs: BACKOFF_BASE_MS, capMs, random })
    let delayMs = firstDelayMs
    while (!signal.aborted) {
      if (delayMs > 0) await pause(clock, delayMs, signal)
      if (signal.aborted) return
      const result = await attempt(receiver, signal)
      if (signal.aborted) return
      failing = !result.ok
      if (result.ok) backoff.reset()
      delayMs = result.ok ? jittered(intervalMs, random) : backoff.retryDelayMs(result)
    }
  }

  return {
    start(receiver, firstDelayMs) {
      if (run !== undefined) return
      const abort = new AbortController()
      run = { abort, done: keepPolling(receiver, firstDelayMs, abort.signal) }
    },
    async stop() {
      const stopped = run
      run = undefined
      failing = false
      stopped?.abort.abort()
      await stopped?.done
    },
    isFailing: () => failing,
  }
}
