import type { Random } from '../runtime/random.ts'

export interface BackoffOptions {
  /** Upper end of the first delay, in milliseconds. */
  readonly baseMs: number
  /** Upper end of every later delay, in milliseconds. */
  readonly capMs: number
  readonly random: Random
}

/**
 * Delays between attempts: uniform between 0 and a bound that doubles with each failure ("full
 * jitter"), the first one included, so that clients that lost the same server do not return
 * together. Starts no timers.
 */
export interface Backoff {
  /** Counts a failure and says how long to wait. */
  nextDelayMs(): number
  reset(): void
}

export function createBackoff({ baseMs, capMs, random }: BackoffOptions): Backoff {
  let failures = 0
  return {
    nextDelayMs() {
      const boundMs = Math.min(capMs, baseMs * 2 ** Math.min(failures, 30))
      failures += 1
      return random() * boundMs
    },
    reset() {
      failures = 0
    },
  }
}

/** `ms` ± 20 %, so that intervals of a fleet drift apart. */
export function jittered(ms: number, random: Random): number {
  return ms * (0.8 + 0.4 * random())
}

const MAX_RETRY_AFTER_MS = 3_600_000

/** Reads a Retry-After header, seconds or a date; at most an hour; undefined when it says neither. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const afterMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  if (Number.isNaN(afterMs)) return undefined
  return Math.min(Math.max(0, afterMs), MAX_RETRY_AFTER_MS)
}
