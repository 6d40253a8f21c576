import type { WaitingOutcome } from './delivery.ts'

/** Outcomes that wait to be sealed, oldest first. */
export interface OutcomeBuffer {
  push(outcome: WaitingOutcome): void
  /** Takes the oldest, at most `maxCount` and about `maxBytes` of them, at least one if there is one. */
  take(maxCount: number, maxBytes: number): readonly WaitingOutcome[]
  count(): number
  bytes(): number
}

export function createOutcomeBuffer(): OutcomeBuffer {
  let waiting: WaitingOutcome[] = []
  let first = 0
  let bytes = 0
  return {
    push(outcome) {
      waiting.push(outcome)
      bytes += Buffer.byteLength(outcome.text)
    },
    take(maxCount, maxBytes) {
      const taken: WaitingOutcome[] = []
      let takenBytes = 0
      while (taken.length < maxCount) {
        const next = waiting[first]
        if (next === undefined) break
        const nextBytes = Buffer.byteLength(next.text)
        if (taken.length > 0 && takenBytes + nextBytes > maxBytes) break
        taken.push(next)
        takenBytes += nextBytes
        first += 1
      }
      bytes -= takenBytes
      // Moves the rest only when half is spent, so a long queue is not copied for every batch.
      if (first * 2 >= waiting.length) {
        waiting = waiting.slice(first)
        first = 0
      }
      return taken
    },
    count: () => waiting.length - first,
    bytes: () => bytes,
  }
}
