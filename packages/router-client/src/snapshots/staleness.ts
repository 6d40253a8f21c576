import type { Clock, Timer } from '../runtime/clock.ts'

export interface StalenessInput {
  readonly clock: Clock
  readonly staleAfterMs: number
  /** Called once each time there was no news for too long. */
  readonly onStale: (ageMs: number) => void
}

export type Staleness = ReturnType<typeof createStaleness>

/**
 * Watches for how long there was no news, from whatever source. Counts from its creation, so that a source that
 * never delivers is noticed too. Its timer never keeps the process alive.
 */
export function createStaleness({ clock, staleAfterMs, onStale }: StalenessInput) {
  let freshAtMs = clock.now()
  let stale = false
  let stopped = false
  let timer: Timer | undefined

  function watch(): void {
    timer?.cancel()
    if (stopped) return
    const leftMs = freshAtMs + staleAfterMs - clock.now()
    if (leftMs > 0) {
      stale = false
      timer = clock.setTimer(leftMs, watch)
      return
    }
    if (stale) return
    stale = true
    onStale(clock.now() - freshAtMs)
  }

  watch()
  return {
    /** News of this time arrived; ends the stale state if it is recent enough. */
    markFresh(atMs: number): void {
      // A creation time from a clock that is ahead must not extend the deadline.
      freshAtMs = Math.min(atMs, clock.now())
      watch()
    },
    isStale: (): boolean => stale,
    stop(): void {
      stopped = true
      timer?.cancel()
    },
  }
}
