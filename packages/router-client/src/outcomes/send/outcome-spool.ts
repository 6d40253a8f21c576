// Keeps what the buffer holds on disk as well, a second behind, so that it outlives a process that ends without
// close(). What the last processes left comes back into the buffer. Nothing here throws.
import type { Clock, Timer } from '../../runtime/clock.ts'
import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'
import { BufferedOutcome, type OutcomeBuffer } from './outcome-buffer.ts'
import { SpoolFile } from './spool-file.ts'

export interface OutcomeSpoolInput {
  /** Where the names of files begin. */
  readonly path: string
  readonly buffer: OutcomeBuffer
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  /** Puts an outcome of an ended process into the buffer. */
  readonly restore: (outcome: BufferedOutcome) => void
}

/** A process that is killed loses no more than this. */
const SAVE_MS = 1_000
/** Until files that may belong to ended processes are looked at again. */
const TAKE_OVER_MS = 180_000
/** A smaller file is not worth being replaced. */
const SMALL_BYTES = 1_000_000

export class OutcomeSpool {
  readonly #input: OutcomeSpoolInput
  readonly #file: SpoolFile
  #saving: Timer | undefined
  #takingOver: Timer | undefined
  #savedUpTo = 0
  #stopped = false
  /** Outcomes of ended processes that were taken over. */
  restored = 0

  constructor(input: OutcomeSpoolInput) {
    this.#input = input
    this.#file = new SpoolFile(input.path, input.warn)
    void this.#takeOver()
  }

  /** The buffer has changed. */
  saveSoon(): void {
    if (this.#stopped) return
    this.#saving ??= this.#input.clock.setTimer(SAVE_MS, () => {
      this.#saving = undefined
      this.save()
      if (this.#input.buffer.count > 0) this.saveSoon()
    })
  }

  /** Synchronous. Returns whether all that the buffer holds is on disk. */
  save(): boolean {
    const { buffer } = this.#input
    if (buffer.count === 0) {
      this.#file.remove()
      return true
    }
    const { texts, upTo } = buffer.textsAfter(this.#savedUpTo)
    const isBloated = this.#file.size > Math.max(SMALL_BYTES, 2 * buffer.size)
    const isSaved =
      (!isBloated && this.#file.add(texts)) || this.#file.replace(buffer.textsAfter(0).texts)
    if (isSaved) this.#savedUpTo = Math.max(this.#savedUpTo, upTo)
    return isSaved
  }

  /** Ends the timers. */
  stop(): void {
    this.#stopped = true
    this.#saving?.cancel()
    this.#takingOver?.cancel()
  }

  async #takeOver(): Promise<void> {
    const { buffer, clock, restore } = this.#input
    const hasMore = await this.#file.takeOver((lines) => {
      if (this.#stopped || buffer.isFull) return false
      for (const line of lines) restore(new BufferedOutcome(undefined, line))
      this.restored += lines.length
      return this.save()
    })
    if (hasMore && !this.#stopped) {
      this.#takingOver = clock.setTimer(TAKE_OVER_MS, () => void this.#takeOver())
    }
  }
}
