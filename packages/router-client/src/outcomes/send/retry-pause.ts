import type { Clock, Timer } from '../../runtime/clock.ts'
import type { Random } from '../../runtime/random.ts'
import { createBackoff, jittered } from '../../transport/backoff.ts'

const RETRY_BASE_MS = 1_000
const RETRY_CAP_MS = 60_000
const SLOW_RETRY_MS = 300_000

/** What a failure says of when to try again. */
interface RetryAdvice {
  readonly retryAfterMs?: number | undefined
  readonly slow?: boolean
}

/** The wait after a failure, for everything that goes to one sink. */
export interface RetryPause {
  isPaused(): boolean
  /** Begins to wait, with full jitter or as long as the other side asks. */
  pause(advice: RetryAdvice): void
  /** Ends the wait now. */
  resume(): void
  /** Something worked: the next wait is short again. */
  reset(): void
  stop(): void
}

export function createRetryPause(clock: Clock, random: Random, onResume: () => void): RetryPause {
  const backoff = createBackoff({ baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, random })
  let timer: Timer | undefined
  function resume(): void {
    timer?.cancel()
    timer = undefined
    onResume()
  }
  return {
    isPaused: () => timer !== undefined,
    pause({ retryAfterMs, slow }) {
      if (timer !== undefined) return
      const delayMs = backoff.nextDelayMs()
      const slowMs = slow === true ? jittered(SLOW_RETRY_MS, random) : 0
      timer = clock.setTimer(
        retryAfterMs === undefined ? Math.max(delayMs, slowMs) : retryAfterMs + delayMs,
        resume,
      )
    },
    resume,
    reset: () => backoff.reset(),
    stop: () => timer?.cancel(),
  }
}
