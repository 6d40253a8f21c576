import type { Clock, Timer } from '../runtime/clock.ts'

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

export function createWidening({ clock, staleAfterMs, onShare }: WideningInput): Widening {
  let timer: Timer | undefined

  function step(freshAtMs: number, halfLifeMs: number): void {
    const overdueMs = Math.max(0, clock.now() - freshAtMs - staleAfterMs)
    onShare(2 ** (-overdueMs / halfLifeMs))
    timer = clock.setTimer(halfLifeMs / STEPS_PER_HALF_LIFE, () => step(freshAtMs, halfLifeMs))
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
