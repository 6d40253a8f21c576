// Which outcomes of this life were recorded before. Guarantees: an outcome is new once only, whatever
// the number of outcomes between, and an id from before this life never is: the snapshot may contain it.
import type { OwnOutcome } from './own-outcome.ts'

/** Ids in small letters. */
export interface KnownOutcomes {
  find(outcomeId: string): OwnOutcome | undefined
  /** Whether an id that `find` does not know was certainly never recorded before. */
  isNew(outcomeId: string, nowMs: number): boolean
  add(outcomeId: string, outcome: OwnOutcome, nowMs: number): void
}

/**
 * Remembers at least the last `capacity` outcomes, in two generations as BoundedMap does. What it has
 * forgotten is told by time: a UUID v7 says when it was made. An id that does not say it (a UUID of
 * another version) is never new.
 */
export function createKnownOutcomes(startMs: number, capacity: number): KnownOutcomes {
  let young = new Map<string, OwnOutcome>()
  let old = new Map<string, OwnOutcome>()
  let newSinceMs = Math.floor(startMs)
  /** The last moment of the old generation. */
  let oldUntilMs = newSinceMs - 1
  return {
    find: (outcomeId) => young.get(outcomeId) ?? old.get(outcomeId),
    isNew(outcomeId, nowMs) {
      const madeAtMs = timeOf(outcomeId)
      return madeAtMs >= newSinceMs && madeAtMs <= nowMs
    },
    add(outcomeId, outcome, nowMs) {
      if (young.size >= capacity) {
        newSinceMs = Math.max(newSinceMs, oldUntilMs + 1)
        oldUntilMs = Math.max(oldUntilMs, Math.floor(nowMs))
        old = young
        young = new Map()
      }
      young.set(outcomeId, outcome)
    },
  }
}

/** When a UUID v7 was made, in milliseconds since 1970; NaN for another version. */
function timeOf(uuid: string): number {
  if (uuid.charCodeAt(14) !== VERSION_7) return Number.NaN
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}

const VERSION_7 = '7'.charCodeAt(0)
