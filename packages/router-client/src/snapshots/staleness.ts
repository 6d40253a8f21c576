import type { Clock, Timer } from '../runtime/clock.ts'

export type Staleness = ReturnType<typeof createStaleness>

/**
 * Watches for how long there was no news, from whatever source. Counts from its creation, so that a source that
 * never delivers is noticed too. Its timer never keeps the process alive.
 *
 * @param input.onStale Called once each time there was no news for too long.
 */
export function createStaleness(input: {
  readonly clock: Clock
  readonly staleAfterMs: number
  readonly onStale: (ageMs: number) => void
}) {
  const { clock, staleAfterMs, onStale } = input
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
