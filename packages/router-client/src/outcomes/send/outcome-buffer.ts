// Recorded outcomes until their fate is known, oldest first. Each passes through four stages: unwritten, written,
// in a sealed batch that waits, and in one that is being sent. Guarantees: a sealed batch never changes; at most
// about UNWRITTEN_SIZE of outcomes are unwritten, so neither a burst of outcomes nor a few long prompts hold
// memory or block the event loop for long.
import { hash } from 'node:crypto'
import {
  type DecidedHour,
  limits,
  type OutcomeMessage,
  SEALED_BATCH_FORMAT,
  type SealedBatch as SealedBatchMessage,
  uuidV7,
} from '@winrate/shared-schema/contracts'
import type { OwnOutcome } from '../../overlay/own-outcome.ts'
import type { Clock } from '../../runtime/clock.ts'
import { toSafeText } from '../../runtime/unknown-value.ts'
import type { SendResult } from '../sinks/outcome-sink.ts'
import type { DecidedHours } from './decided-hours.ts'
import type { DropCounter } from './drop-counter.ts'

/** Bounds and rhythm of the outcome buffer. */
export interface BufferLimits {
  /** Most outcomes held, sealed ones included; further ones are dropped. Default 10000. */
  readonly capacity: number
  /** Most bytes of JSON held, approximately. Default 67108864. */
  readonly maxBytes: number
  /** Most outcomes in a batch. Default 500. */
  readonly batchSize: number
  /** Most bytes of JSON in a batch, approximately. Default 1000000. */
  readonly batchBytes: number
  /** Longest time that an outcome waits to be sealed, in milliseconds, ± 20 %. Default 5000. */
  readonly flushIntervalMs: number
  /** Most batches that are sent at the same time. Default 2. */
  readonly maxInFlight: number
}

/** What an outcome says about its prompt. */
export interface RecordedPrompt {
  /** Whole, neither hashed nor cut. */
  readonly text: string
  /** Whether the text is sent too, not only its hash. */
  readonly isStored: boolean
}

/** Outcomes in an envelope whose bytes no longer change. */
export interface SealedBatch {
  readonly batchId: string
  readonly text: string
  readonly contents: readonly BufferedOutcome[]
  readonly decided?: readonly DecidedHour[] | undefined
}

export interface OutcomeBufferInput {
  readonly buffer: BufferLimits
  readonly instanceId: string
  /** Name and version of the SDK. */
  readonly sdk: string
  readonly clock: Clock
  readonly drops: DropCounter
  readonly decided: DecidedHours
}

/** Approximate length of the JSON without prompt and feedback. */
const USUAL_CHARS = 500
/** Characters. Writing so many takes a few milliseconds. */
const UNWRITTEN_SIZE = 1_000_000

interface UnwrittenOutcome {
  readonly message: OutcomeMessage
  readonly prompt: RecordedPrompt | undefined
  readonly recordedAtMs: number
}

/**
 * An outcome from its recording until its fate is known. `write` makes its JSON later than the call that
 * recorded it, because hashing the prompt and writing JSON take several times as long as the rest.
 */
export class BufferedOutcome {
  /** Where it counts until a snapshot contains it; undefined for one of an earlier process. */
  readonly own: OwnOutcome | undefined
  /** Its number in the order of recording. */
  order = 0
  /** JSON of the outcome; empty until it is written. */
  text = ''
  /** Bytes of its JSON; until it is written, about how many characters it holds. */
  size: number
  #unwritten: UnwrittenOutcome | undefined

  /** @param unwritten Its JSON, where it was written before. */
  constructor(own: OwnOutcome | undefined, unwritten: UnwrittenOutcome | string) {
    this.own = own
    if (typeof unwritten === 'string') {
      this.text = unwritten
      this.size = Buffer.byteLength(unwritten)
      return
    }
    const { message, prompt } = unwritten
    this.size = USUAL_CHARS + (message.feedback_text?.length ?? 0) + (prompt?.text.length ?? 0)
    this.#unwritten = unwritten
  }

  /** What became of a send of it. */
  tell(result: SendResult): void {
    if (result.status === 'sent') this.own?.sent(result.messageId)
    else if (result.status === 'retry') this.own?.unconfirmed()
    else this.own?.returned()
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
    this.text = JSON.stringify(message)
    this.size = Buffer.byteLength(this.text)
    this.#unwritten = undefined
  }
}

export class OutcomeBuffer {
  readonly #input: OutcomeBufferInput
  readonly #sessionId: string
  #unwritten: BufferedOutcome[] = []
  #unwrittenSize = 0
  #written: BufferedOutcome[] = []
  #waiting: SealedBatch[] = []
  readonly #sending = new Set<SealedBatch>()
  #count = 0
  #size = 0
  /** The next batch tells what was decided. */
  #tellsDecided = false

  constructor(input: OutcomeBufferInput) {
    this.#input = input
    this.#sessionId = uuidV7(input.clock.now())
  }

  /** Outcomes held, in every stage. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    const { capacity, maxBytes } = this.#input.buffer
    return this.#count >= capacity || this.#size >= maxBytes
  }

  get hasUnsealed(): boolean {
    return this.#unwritten.length + this.#written.length > 0
  }

  /** Bytes held, approximately. */
  get size(): number {
    return this.#size
  }

  /** Batches that are being sent. */
  get sending(): number {
    return this.#sending.size
  }

  add(outcome: BufferedOutcome): void {
    this.#unwritten.push(outcome)
    this.#unwrittenSize += outcome.size
    this.#count += 1
    this.#size += outcome.size
    if (this.#unwrittenSize > UNWRITTEN_SIZE) this.write()
  }

  /** Writes all unwritten outcomes. */
  write(): void {
    this.#size -= this.#unwrittenSize
    for (const outcome of this.#unwritten) {
      outcome.write()
      this.#written.push(outcome)
      this.#size += outcome.size
    }
    this.#unwritten = []
    this.#unwrittenSize = 0
  }

  /**
   * The batch to send next, which is being sent from now on: the oldest that waits, else a new one of the oldest
   * written outcomes. A new batch is full, unless its oldest outcome is due.
   */
  next(dueUpTo: number): SealedBatch | undefined {
    const batch = this.#waiting.shift() ?? this.#sealOldest(dueUpTo)
    if (batch !== undefined) this.#sending.add(batch)
    return batch
  }

  /** What was decided goes with the next batch: one with nothing else where no outcome waits. */
  tellDecided(): void {
    this.#tellsDecided = this.#input.decided.hasUnsent
    // During an outage the counts grow instead of the batches.
    const isIdle = !this.hasUnsealed && this.#waiting.length === 0
    if (this.#tellsDecided && isIdle) this.#waiting.push(this.#seal([]))
  }

  /** The batch must be sent again: it waits behind the others, unchanged. */
  putBack(batch: SealedBatch): void {
    this.#sending.delete(batch)
    this.#waiting.push(batch)
  }

  /** The batch needs no further send. */
  remove(batch: SealedBatch): void {
    this.#sending.delete(batch)
    this.#count -= batch.contents.length
    for (const { size } of batch.contents) this.#size -= size
  }

  /** Two batches with new ids take the place of this one. */
  split(batch: SealedBatch): void {
    this.#sending.delete(batch)
    this.#input.decided.giveBack(batch.decided)
    const middle = Math.ceil(batch.contents.length / 2)
    const halves = [batch.contents.slice(0, middle), batch.contents.slice(middle)]
    this.#waiting.unshift(...halves.map((half) => this.#seal(half)))
  }

  /** The JSON of the outcomes held that were added after this one, and which is the last of them. */
  textsAfter(order: number): { readonly texts: readonly string[]; readonly upTo: number } {
    this.write()
    const sealed = [...this.#sending, ...this.#waiting].flatMap(({ contents }) => contents)
    const held = [...sealed, ...this.#written]
    const later = held.filter((outcome) => outcome.order > order)
    const upTo = later.reduce((last, outcome) => Math.max(last, outcome.order), order)
    return { texts: later.map(({ text }) => text), upTo }
  }

  /** Whether one of the outcomes up to this order is still held. */
  holdsUpTo(order: number): boolean {
    const sealed = [...this.#waiting, ...this.#sending].map(({ contents }) => contents[0])
    const oldest = [...sealed, this.#written[0] ?? this.#unwritten[0]]
    return oldest.some((outcome) => outcome !== undefined && outcome.order <= order)
  }

  clear(): void {
    this.#unwritten = []
    this.#unwrittenSize = 0
    this.#written = []
    this.#waiting = []
    this.#sending.clear()
    this.#count = 0
    this.#size = 0
  }

  #sealOldest(dueUpTo: number): SealedBatch | undefined {
    const { batchSize, batchBytes } = this.#input.buffer
    let length = 0
    let bytes = 0
    // A single outcome may be larger than a batch.
    for (const { size } of this.#written) {
      if (length === batchSize || (length > 0 && bytes + size > batchBytes)) break
      length += 1
      bytes += size
    }
    const isFull = length === batchSize || bytes >= batchBytes || length < this.#written.length
    const isDue = (this.#written[0]?.order ?? Number.POSITIVE_INFINITY) <= dueUpTo
    return isFull || isDue ? this.#seal(this.#written.splice(0, length)) : undefined
  }

  #seal(contents: readonly BufferedOutcome[]): SealedBatch {
    const { instanceId, sdk, clock, drops } = this.#input
    const decided = this.#tellsDecided ? this.#input.decided.take() : undefined
    this.#tellsDecided = false
    const nowMs = clock.now()
    const batchId = uuidV7(nowMs)
    const envelope: Omit<SealedBatchMessage, 'outcomes'> = {
      format: SEALED_BATCH_FORMAT,
      batch_id: batchId,
      instance_id: instanceId,
      session_id: this.#sessionId,
      sdk,
      sealed_at: new Date(nowMs).toISOString(),
      dropped: drops.totals(),
      ...(decided !== undefined && { decided }),
    }
    const head = JSON.stringify(envelope).slice(0, -1)
    const text = `${head},"outcomes":[${contents.map((outcome) => outcome.text).join(',')}]}`
    return { batchId, text, contents, decided }
  }
}
