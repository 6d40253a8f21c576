import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

export type RateLimitedWarning = ReturnType<typeof createRateLimitedWarning>

const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000
const KEYS_REMEMBERED = 200

/**
 * Warns at once about each message and `key`. While the same goes on, it warns again after a minute, two, four and so
 * on up to an hour, with the count since.
 */
export function createRateLimitedWarning(logger: Logger, clock: Clock) {
  const states = new BoundedMap<string, { warnedAtMs: number; pauseMs: number; since: number }>(
    KEYS_REMEMBERED,
  )
  return (message: string, key: string, fields: LogFields = {}): void => {
    const id = `${message} ${key}`
    const state = states.get(id)
    const now = clock.now()
    const sinceMs = state === undefined ? Number.POSITIVE_INFINITY : now - state.warnedAtMs
    if (state !== undefined && sinceMs < state.pauseMs) {
      state.since += 1
      return
    }
    const occurrences = 1 + (state?.since ?? 0)
    logger.warn(message, occurrences === 1 ? fields : { ...fields, occurrences })
    // Whatever was quiet for twice as long is a new trouble.
    const goesOn = state !== undefined && sinceMs < 2 * state.pauseMs
    const pauseMs = goesOn ? Math.min(2 * state.pauseMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS
    states.set(id, { warnedAtMs: now, pauseMs, since: 0 })
  }
}
