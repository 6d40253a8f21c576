import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

export type RateLimitedWarning = ReturnType<typeof createRateLimitedWarning>

const INTERVAL_MS = 60_000
const KEYS_REMEMBERED = 200

/** Warns at once, then at most once a minute for each message and `key`, with the count since. */
export function createRateLimitedWarning(logger: Logger, clock: Clock) {
  const states = new BoundedMap<string, { warnedAtMs: number; since: number }>(KEYS_REMEMBERED)
  return (message: string, key: string, fields: LogFields = {}): void => {
    const id = `${message} ${key}`
    const state = states.get(id)
    const now = clock.now()
    if (state !== undefined && now - state.warnedAtMs < INTERVAL_MS) {
      state.since += 1
      return
    }
    logger.warn(message, { ...fields, occurrences: 1 + (state?.since ?? 0) })
    states.set(id, { warnedAtMs: now, since: 0 })
  }
}
