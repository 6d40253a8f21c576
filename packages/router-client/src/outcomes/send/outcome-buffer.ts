// Outcomes that wait to be sealed, oldest first. They come unwritten, and are written in slices when
// whoever recorded them has gone on. Guarantees: no more than UNWRITTEN_KEPT of them wait for that, with
// about UNWRITTEN_CHARS of text; beyond it each that comes pays for writing an older one.
import { type BatchContents, OpenContents } from './batch-contents.ts'
import type { Delivery } from './delivery.ts'

/** An outcome that is no JSON text yet. */
export interface UnwrittenOutcome {
  /** About how long its JSON will be. */
  readonly size: number
  /** How much text it holds and must read to be written. */
  readonly chars: number
  readonly delivery: Delivery | undefined
  write(): string
}

export interface OutcomeBuffer {
  push(outcome: UnwrittenOutcome): void
  /** Writes the oldest that are unwritten, as many as one turn of the event loop should carry. */
  writeSlice(): void
  /** Whether `take` gives as many as a batch may have. */
  hasFullBatch(): boolean
  /** The oldest written ones, as many as a batch may have. */
  take(): BatchContents | undefined
  clear(): void
  count(): number
  /** Of what is written, and about what the others will have. */
  bytes(): number
  /** Those that `take` can take. */
  written(): number
  /** Outcomes that have been taken since the start. */
  taken(): number
}

/** Half of the default capacity: who records without a pause does not wait for writing so long. */
const UNWRITTEN_KEPT = 5_000
const UNWRITTEN_CHARS = 1_000_000
/** With prompts of usual length about a millisecond. */
const SLICE_OUTCOMES = 512
const SLICE_CHARS = 200_000

/** @param limits Outcomes of a batch, and bytes of their JSON, at most; one outcome may have more. */
export function createOutcomeBuffer(limits: {
  readonly batchSize: number
  readonly batchBytes: number
}): OutcomeBuffer {
  let unwritten: (UnwrittenOutcome | undefined)[] = []
  /** Where those begin that are not written. */
  let first = 0
  let unwrittenChars = 0
  /** As many as batches may have, in contents that are complete, and the rest. */
  let complete: BatchContents[] = []
  let open = new OpenContents()
  let written = 0
  let bytes = 0
  let taken = 0

  const waiting = (): number => unwritten.length - first

  function closeOpen(): void {
    if (open.outcomes === 0) return
    complete.push(open.close())
    open = new OpenContents()
  }

  function addWritten(text: string, delivery: Delivery | undefined): void {
    const size = Buffer.byteLength(text)
    bytes += size
    written += 1
    if (open.bytes + size > limits.batchBytes) closeOpen()
    open.add(text, size, delivery)
    if (open.outcomes >= limits.batchSize || open.bytes >= limits.batchBytes) closeOpen()
  }

  /** Answers how many characters it had to read. */
  function writeOldest(): number {
    const outcome = unwritten[first]
    if (outcome === undefined) return 0
    unwritten[first] = undefined
    first += 1
    unwrittenChars -= outcome.chars
    bytes -= outcome.size
    addWritten(outcome.write(), outcome.delivery)
    // Moves the rest only when half is spent, so that each is moved about once.
    if (first * 2 < unwritten.length) return outcome.chars
    unwritten = unwritten.slice(first)
    first = 0
    return outcome.chars
  }

  return {
    push(outcome) {
      unwritten.push(outcome)
      bytes += outcome.size
      unwrittenChars += outcome.chars
      if (waiting() > UNWRITTEN_KEPT) writeOldest()
      while (unwrittenChars > UNWRITTEN_CHARS) writeOldest()
    },
    writeSlice() {
      let chars = 0
      for (let count = 0; count < SLICE_OUTCOMES && chars < SLICE_CHARS; count += 1) {
        if (waiting() === 0) return
        chars += writeOldest()
      }
    },
    hasFullBatch: () => complete.length > 0,
    take() {
      if (complete.length === 0) closeOpen()
      const oldest = complete.shift()
      if (oldest === undefined) return undefined
      written -= oldest.outcomes
      taken += oldest.outcomes
      bytes -= oldest.bytes
      return oldest
    },
    clear() {
      taken += waiting() + written
      unwritten = []
      complete = []
      open = new OpenContents()
      first = unwrittenChars = written = bytes = 0
    },
    count: () => waiting() + written,
    bytes: () => bytes,
    written: () => written,
    taken: () => taken,
  }
}
