// The outcomes of this life of the instance, by id. Guarantees: an outcome is new only once, however many
// were recorded since, and an id from before this life is never new: a snapshot may contain it. At least the
// last 10,000 are kept, and at most 20,000; an outcome that is forgotten leaves the overlay.
import type { OwnOutcome } from './own-outcome.ts'

/** Two generations, as in BoundedMap. */
const GENERATION = 10_000
const VERSION_7 = '7'.charCodeAt(0)

export class KnownOutcomes {
  #young = new Generation()
  #old = new Generation()
  /** What was recorded before this time is forgotten. */
  #newSinceMs: number
  /** The last moment of the old generation. */
  #oldUntilMs: number

  constructor(startMs: number) {
    this.#newSinceMs = Math.floor(startMs)
    this.#oldUntilMs = this.#newSinceMs - 1
  }

  /** @param outcomeId In small letters, here and below. */
  find(outcomeId: string): OwnOutcome | undefined {
    return this.#young.find(outcomeId) ?? this.#old.find(outcomeId)
  }

  /**
   * Whether an id that `find` does not know was certainly never recorded before. Only a UUID v7 can tell,
   * as it says when it was made.
   */
  isNew(outcomeId: string, nowMs: number): boolean {
    const madeAtMs = timeOf(outcomeId)
    return madeAtMs >= this.#newSinceMs && madeAtMs <= nowMs
  }

  add(outcomeId: string, own: OwnOutcome, nowMs: number): void {
    if (this.#young.entries.length >= GENERATION) {
      for (const [, forgotten] of this.#old.entries) forgotten.leave()
      this.#newSinceMs = Math.max(this.#newSinceMs, this.#oldUntilMs + 1)
      this.#oldUntilMs = Math.max(this.#oldUntilMs, Math.floor(nowMs))
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.entries.push([outcomeId, own])
  }

  *[Symbol.iterator](): Iterator<OwnOutcome> {
    for (const [, own] of this.#old.entries) yield own
    for (const [, own] of this.#young.entries) yield own
  }
}

/** Few outcomes are ever looked up, so ids are indexed only when one is. */
class Generation {
  readonly entries: (readonly [id: string, own: OwnOutcome])[] = []
  readonly #byId = new Map<string, OwnOutcome>()
  #indexed = 0

  find(outcomeId: string): OwnOutcome | undefined {
    for (const [id, own] of this.entries.slice(this.#indexed)) this.#byId.set(id, own)
    this.#indexed = this.entries.length
    return this.#byId.get(outcomeId)
  }
}

/** When a UUID v7 was made, in milliseconds since 1970; NaN for another version. */
function timeOf(uuid: string): number {
  if (uuid.charCodeAt(14) !== VERSION_7) return Number.NaN
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
