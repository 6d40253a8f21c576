// Recorded outcomes until they are sealed, oldest first. They wait unwritten only until the caller has
// gone on. Guarantee: not much more than UNWRITTEN_SIZE of them waits to be written, so that neither a
// burst of outcomes nor a few long prompts hold memory or block the event loop for long.
import { hash } from 'node:crypto'
import { limits, type OutcomeMessage } from '@winrate/shared-schema/contracts'
import type { OwnOutcome } from '../../overlay/own-outcome.ts'
import { toSafeText } from '../../runtime/safe-text.ts'

/** Bounds and rhythm of the outcome buffer. */
export interface BufferLimits {
  /** Outcomes held at most, sealed ones included; newer ones are dropped. Default 10000. */
  readonly capacity: number
  /** Bytes of JSON held, about, at most. Default 67108864. */
  readonly maxBytes: number
  /** Outcomes in a batch at most. Default 500. */
  readonly batchSize: number
  /** Bytes of JSON in a batch, about, at most. Default 1000000. */
  readonly batchBytes: number
  /** Longest time that an outcome waits to be sealed, in milliseconds, ± 20 %. Default 5000. */
  readonly flushIntervalMs: number
  /** Batches sent side by side at most. Default 2. */
  readonly maxInFlight: number
}

/** What an outcome says about its prompt. */
export interface RecordedPrompt {
  /** Whole, neither hashed nor cut. */
  readonly text: string
  /** Whether the text is sent too, not only its hash. */
  readonly isStored: boolean
}

interface UnwrittenOutcome {
  readonly message: OutcomeMessage
  readonly prompt: RecordedPrompt | undefined
  readonly recordedAtMs: number
}

/** Characters of JSON without prompt and feedback, about. */
const USUAL_CHARS = 500
/** Characters. Writing so many takes a few milliseconds. */
const UNWRITTEN_SIZE = 1_000_000

/**
 * An outcome from its recording until its fate is known. `write` makes its JSON later than the call that
 * recorded it, because hashing the prompt and writing JSON take several times as long as the rest.
 */
export class BufferedOutcome {
  /** Where it counts until a snapshot contains it. */
  readonly own: OwnOutcome
  /** Its number in the order of recording. */
  order = 0
  #unwritten: UnwrittenOutcome | undefined
  #text = ''
  #size: number

  constructor(own: OwnOutcome, unwritten: UnwrittenOutcome) {
    const { message, prompt } = unwritten
    this.own = own
    this.#unwritten = unwritten
    this.#size = USUAL_CHARS + (message.feedback_text?.length ?? 0) + (prompt?.text.length ?? 0)
  }

  /** JSON of the outcome; empty until it is written. */
  get text(): string {
    return this.#text
  }

  /** Bytes of its JSON; until it is written, about how many characters it holds. */
  get size(): number {
    return this.#size
  }

  write(): void {
    if (this.#unwritten === undefined) return
    const { message, prompt, recordedAtMs } = this.#unwritten
    message.occurred_at ??= new Date(recordedAtMs).toISOString()
    if (prompt !== undefined) {
      message.prompt_hash = hash('sha256', prompt.text, 'hex')
      message.prompt_length = prompt.text.length
      if (prompt.isStored) message.prompt = toSafeText(prompt.text, limits.promptChars)
    }
    this.#text = JSON.stringify(message)
    this.#size = Buffer.byteLength(this.#text)
    this.#unwritten = undefined
  }
}

export class OutcomeBuffer {
  readonly #limits: BufferLimits
  #unwritten: BufferedOutcome[] = []
  #unwrittenSize = 0
  #written: BufferedOutcome[] = []
  #writtenSize = 0

  constructor(limits: BufferLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#unwritten.length + this.#written.length
  }

  /** Bytes of JSON, about. */
  get size(): number {
    return this.#unwrittenSize + this.#writtenSize
  }

  add(outcome: BufferedOutcome): void {
    this.#unwritten.push(outcome)
    this.#unwrittenSize += outcome.size
    if (this.#unwrittenSize > UNWRITTEN_SIZE) this.write()
  }

  /** Writes all that wait for it. */
  write(): void {
    for (const outcome of this.#unwritten) {
      outcome.write()
      this.#written.push(outcome)
      this.#writtenSize += outcome.size
    }
    this.#unwritten = []
    this.#unwrittenSize = 0
  }

  /**
   * The oldest written outcomes, as many as a batch may have (a single one may be larger). Fewer than that
   * only when the oldest is due, else none.
   */
  takeBatch(dueUpTo: number): readonly BufferedOutcome[] {
    const { batchSize, batchBytes } = this.#limits
    let length = 0
    let bytes = 0
    for (const { size } of this.#written) {
      if (length === batchSize || (length > 0 && bytes + size > batchBytes)) break
      length += 1
      bytes += size
    }
    const isFull = length === batchSize || bytes >= batchBytes || length < this.#written.length
    const isDue = (this.#written[0]?.order ?? Number.POSITIVE_INFINITY) <= dueUpTo
    if (!isFull && !isDue) return []
    this.#writtenSize -= bytes
    return this.#written.splice(0, length)
  }

  /** Whether one of the outcomes up to this order is still here. */
  holdsUpTo(order: number): boolean {
    const oldest = this.#written[0] ?? this.#unwritten[0]
    return oldest !== undefined && oldest.order <= order
  }

  clear(): void {
    this.#unwritten = []
    this.#written = []
    this.#unwrittenSize = 0
    this.#writtenSize = 0
  }
}
