// Outcomes that wait to be sealed, oldest first. Those that come unwritten are written in slices, when
// whoever recorded them has gone on. Guarantees: no more than UNWRITTEN_KEPT of them wait for that, with
// about UNWRITTEN_CHARS of text; beyond it each that comes pays for writing an older one.
import type { Delivery, WaitingOutcome } from './delivery.ts'

/** An outcome that is no JSON text yet. */
export interface UnwrittenOutcome {
  /** About how long its JSON will be. */
  readonly size: number
  /** How much text it holds and must read to be written. */
  readonly chars: number
  write(): string
}

export interface OutcomeBuffer {
  push(outcome: string | UnwrittenOutcome, delivery: Delivery | undefined): void
  /** Writes the oldest that are unwritten, as many as one turn of the event loop should carry. */
  writeSlice(): void
  /** Takes the oldest written ones, at most `maxCount` and about `maxBytes`, at least one if there is one. */
  take(maxCount: number, maxBytes: number): readonly WaitingOutcome[]
  clear(): void
  count(): number
  bytes(): number
  /** Those that `take` can take. */
  written(): number
  writtenBytes(): number
  /** Outcomes that have been taken since the start. */
  taken(): number
}

interface Entry {
  text: string
  unwritten: UnwrittenOutcome | undefined
  bytes: number
  readonly delivery: Delivery | undefined
}

const UNWRITTEN_KEPT = 2_000
const UNWRITTEN_CHARS = 1_000_000
/** With prompts of usual length half a millisecond. */
const SLICE_OUTCOMES = 128
const SLICE_CHARS = 200_000

export function createOutcomeBuffer(): OutcomeBuffer {
  let entries: Entry[] = []
  let first = 0
  /** Where those begin that are not written. */
  let unwritten = 0
  let unwrittenChars = 0
  let unwrittenBytes = 0
  let bytes = 0
  let taken = 0

  /** Answers how many characters it had to read. */
  function writeOldest(): number {
    const entry = entries[unwritten]
    if (entry === undefined) return 0
    unwritten += 1
    unwrittenBytes -= entry.bytes
    const outcome = entry.unwritten
    if (outcome === undefined) return 0
    unwrittenChars -= outcome.chars
    bytes -= entry.bytes
    entry.text = outcome.write()
    entry.bytes = Buffer.byteLength(entry.text)
    entry.unwritten = undefined
    bytes += entry.bytes
    return outcome.chars
  }

  /** Moves the rest only when half is spent, so a long queue is not copied for every batch. */
  function forgetTaken(): void {
    if (first * 2 < entries.length) return
    entries = entries.slice(first)
    unwritten -= first
    first = 0
  }

  return {
    push(outcome, delivery) {
      const isText = typeof outcome === 'string'
      const entry = isText
        ? { text: outcome, unwritten: undefined, bytes: Buffer.byteLength(outcome), delivery }
        : { text: '', unwritten: outcome, bytes: outcome.size, delivery }
      entries.push(entry)
      bytes += entry.bytes
      unwrittenBytes += entry.bytes
      if (!isText) unwrittenChars += outcome.chars
      const isNext = unwritten === entries.length - 1
      if ((isText && isNext) || entries.length - unwritten > UNWRITTEN_KEPT) writeOldest()
      while (unwrittenChars > UNWRITTEN_CHARS) writeOldest()
    },
    writeSlice() {
      let chars = 0
      for (let count = 0; count < SLICE_OUTCOMES && chars < SLICE_CHARS; count += 1) {
        if (unwritten === entries.length) return
        chars += writeOldest()
      }
    },
    take(maxCount, maxBytes) {
      const from = first
      let takenBytes = 0
      for (; first < unwritten && first - from < maxCount; first += 1) {
        const nextBytes = entries[first]?.bytes ?? 0
        if (first > from && takenBytes + nextBytes > maxBytes) break
        takenBytes += nextBytes
      }
      const outcomes = entries.slice(from, first)
      bytes -= takenBytes
      taken += outcomes.length
      forgetTaken()
      return outcomes
    },
    clear() {
      taken += entries.length - first
      entries = []
      first = unwritten = unwrittenChars = unwrittenBytes = bytes = 0
    },
    count: () => entries.length - first,
    bytes: () => bytes,
    written: () => unwritten - first,
    writtenBytes: () => bytes - unwrittenBytes,
    taken: () => taken,
  }
}
