import type { Clock, Timer } from '../../runtime/clock.ts'

export interface WideningInput {
  readonly clock: Clock
  /** Age from which a snapshot is stale, in milliseconds. */
  readonly staleAfterMs: number
  /** Applies the share of its mass that learned evidence counts with from now on, 0 to 1. */
  readonly onShare: (share: number) => void
}

/** How many steps a half-life has. */
const STEPS_PER_HALF_LIFE = 16
/** Each step rebuilds the routing table. */
const LEAST_STEP_MS = 1_000
/** A smaller share counts as none, and the steps end. */
const LEAST_SHARE = 1e-9

/**
 * Reduces the weight of learned evidence while a snapshot is stale: by half after every half-life beyond
 * `staleAfterMs`. Posteriors widen towards the priors, so models that may have changed meanwhile are tried
 * again. The timer never keeps the process alive.
 */
export function createWidening({ clock, staleAfterMs, onShare }: WideningInput) {
  let timer: Timer | undefined

  function step(freshAtMs: number, halfLifeMs: number): void {
    const overdueMs = Math.max(0, clock.now() - freshAtMs - staleAfterMs)
    const share = 2 ** (-overdueMs / halfLifeMs)
    onShare(share < LEAST_SHARE ? 0 : share)
    if (share < LEAST_SHARE) return
    const stepMs = Math.max(LEAST_STEP_MS, halfLifeMs / STEPS_PER_HALF_LIFE)
    timer = clock.setTimer(stepMs, () => step(freshAtMs, halfLifeMs))
  }

  return {
    /** The snapshot in use is stale and has this age now. */
    begin(ageMs: number, halfLifeMs: number): void {
      timer?.cancel()
      step(clock.now() - ageMs, halfLifeMs)
    },
    /** The snapshot in use is no longer stale. */
    end(): void {
      timer?.cancel()
      timer = undefined
    },
  }
}
