/** Outcomes that wait to be sealed, as JSON texts, oldest first. */
export interface OutcomeBuffer {
  push(text: string): void
  /** Takes the oldest, at most `maxCount` and about `maxBytes` of them, at least one if there is one. */
  take(maxCount: number, maxBytes: number): readonly string[]
  count(): number
  bytes(): number
}

export function createOutcomeBuffer(): OutcomeBuffer {
  let waiting: string[] = []
  let first = 0
  let bytes = 0
  return {
    push(text) {
      waiting.push(text)
      bytes += Buffer.byteLength(text)
    },
    take(maxCount, maxBytes) {
      const taken: string[] = []
      let takenBytes = 0
      while (first < waiting.length && taken.length < maxCount) {
        const next = waiting[first] ?? ''
        const nextBytes = Buffer.byteLength(next)
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
