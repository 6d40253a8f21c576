import type { Clock, Timer } from '../../runtime/clock.ts'

export interface WideningInput {
  readonly clock: Clock
  /** Age from which a snapshot is stale, in milliseconds. */
  readonly staleAfterMs: number
  /** Puts the share of its mass to use that what was learned counts with now, 0 to 1. */
  readonly onShare: (share: number) => void
}

/**
 * Lets what was learned count less and less while a snapshot is stale: half after every half-life beyond
 * `staleAfterMs`. So posteriors widen towards the priors, and models are tried again that may have
 * changed meanwhile. Its timer never keeps the process alive.
 */
export interface Widening {
  /** The snapshot in use is stale, by its age now. */
  begin(ageMs: number, halfLifeMs: number): void
  /** It is not any more. */
  end(): void
}

/** How often a half-life the share is brought up to date. */
const STEPS_PER_HALF_LIFE = 16
/** Each step makes a routing table anew. */
const LEAST_STEP_MS = 1_000
/** A smaller share is none, and steps end. */
const LEAST_SHARE = 1e-9

export function createWidening({ clock, staleAfterMs, onShare }: WideningInput): Widening {
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
    begin(ageMs, halfLifeMs) {
      timer?.cancel()
      step(clock.now() - ageMs, halfLifeMs)
    },
    end() {
      timer?.cancel()
      timer = undefined
    },
  }
}
