import type { Clock, Timer } from '../../runtime/clock.ts'
import type { Random } from '../../runtime/random.ts'
import { createBackoff, type RetryAdvice } from '../../transport/backoff.ts'

const RETRY_BASE_MS = 1_000
const RETRY_CAP_MS = 60_000

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
    pause(advice) {
      timer ??= clock.setTimer(backoff.retryDelayMs(advice), resume)
    },
    resume,
    reset: () => backoff.reset(),
    stop: () => timer?.cancel(),
  }
}
