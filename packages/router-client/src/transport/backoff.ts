// When to retry: delays between attempts, and what an HTTP answer says about the next one.
import type { Random } from '../runtime/random.ts'

/** What a failure says about the next attempt. */
export interface RetryAdvice {
  /** Not before this many milliseconds, as the server asked. */
  readonly retryAfterMs?: number | undefined
  /** The problem will last (a wrong token, a missing queue): retry rarely. */
  readonly slow?: boolean | undefined
}

export type Backoff = ReturnType<typeof createBackoff>

/**
 * Delays between attempts: uniform between 0 and a bound that doubles with each failure ("full jitter").
 * The first delay is random too, so that clients that lost the same server do not return together.
 * Starts no timers.
 *
 * @param options.slowMs Delay while the problem lasts, ± 20 %.
 */
export function createBackoff(options: {
  readonly baseMs: number
  readonly capMs: number
  readonly slowMs?: number | undefined
  readonly random: Random
}) {
  const { baseMs, capMs, slowMs = 300_000, random } = options
  let failures = 0
  return {
    /** Counts a failure and returns how long to wait, at least as long as the advice says. */
    retryDelayMs({ retryAfterMs, slow }: RetryAdvice = {}): number {
      const delayMs = random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30))
      failures += 1
      // What the server asks for comes first, even for a problem that looks lasting.
      if (retryAfterMs !== undefined) return retryAfterMs + delayMs
      return slow === true ? Math.max(delayMs, jittered(slowMs, random)) : delayMs
    },
    /** An attempt succeeded: the next delay is short again. */
    reset(): void {
      failures = 0
    },
  }
}

/** `ms` ± 20 %, so that the intervals of a fleet drift apart. */
export function jittered(ms: number, random: Random): number {
  return ms * (0.8 + 0.4 * random())
}

/** What an unusable answer says about the next attempt. */
export function readRetryAdvice(
  status: number,
  headers: { readonly 'retry-after'?: string | undefined },
  nowMs: number,
  { tokenMayChange = false } = {},
): RetryAdvice {
  return {
    retryAfterMs: parseRetryAfterMs(headers['retry-after'], nowMs),
    slow: isLastingStatus(status) && !(status === 401 && tokenMayChange),
  }
}

/**
 * Whether retrying soon will not help: a wrong address or token, a redirect, a proxy's page (which may have
 * status 200), a server without this route.
 */
function isLastingStatus(status: number): boolean {
  if (status === 408 || status === 429) return false
  return (status >= 200 && status < 500) || status === 501
}

/** What a server may ask for at most: a client must not stay away for days. */
export const MAX_RETRY_AFTER_MS = 3_600_000

/** Reads a Retry-After header, seconds or a date; at most an hour; undefined when it is neither. */
function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const afterMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  if (Number.isNaN(afterMs)) return undefined
  return Math.min(Math.max(0, afterMs), MAX_RETRY_AFTER_MS)
}
