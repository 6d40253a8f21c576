// Carries outcomes to the sink. Guarantees: never more than `capacity` outcomes are held, whatever the
// sink does; a batch is sealed before its first send and re-sent unchanged until its fate is known; every
// outcome ends as sent, held or dropped with a reason; nothing here throws.
//   An outcome is written in the next turn of the event loop. It becomes part of a sealed batch when a batch
// can be sent and is full, or is due: the interval has passed or a flush asks for it. Depending on the sink's
// answer the batch is then done, dropped, split in two new batches, or waiting again. After an unknown result
// nothing is sent until the retry pause ends; outcomes stay unsealed meanwhile, so that full batches are sent
// after it.
import { type Timer, withDeadline } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'
import { newSignal } from '../../runtime/signal.ts'
import { type Backoff, createBackoff, jittered } from '../../transport/backoff.ts'
import { closeSink, type OutcomeSink, type SendResult, sendTo } from '../sinks/outcome-sink.ts'
import { warnOfWrongClock } from './clock-warning.ts'
import type { DropReason } from './drop-counter.ts'
import {
  type BufferedOutcome,
  OutcomeBuffer,
  type OutcomeBufferInput,
  type SealedBatch,
} from './outcome-buffer.ts'
import { OutcomeSpool } from './outcome-spool.ts'

export interface OutcomeSenderInput extends OutcomeBufferInput {
  /** Where the names of files with unsent outcomes begin; undefined to keep none. */
  readonly spoolFile: string | undefined
  readonly sink: OutcomeSink
  readonly random: Random
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  readonly events: {
    emit(name: 'error', event: { readonly part: 'outcomes'; readonly problem: string }): void
    emit(name: 'recovered', event: { readonly part: 'outcomes' }): void
  }
}

export interface FlushResult {
  /** 'flushed' when everything that was recorded before the call is sent, or was refused for good. */
  readonly status: 'flushed' | 'timeout'
  /** Outcomes that are not sent: still held after `flush`; after `close` on disk, or dropped where there is no spool. */
  readonly remaining: number
}

const LAST_WORD_MS = 1_000
const UNSENT = 'the process ended before they were sent: await close() first, or set spoolFile'
const RETRY_MS = { baseMs: 1_000, capMs: 60_000 }

export class OutcomeSender {
  readonly #input: OutcomeSenderInput
  readonly #buffer: OutcomeBuffer
  readonly #backoff: Backoff
  readonly #abort = new AbortController()
  #added = 0
  #sent = 0
  #failing = false
  /** Outcomes up to this order are sent without waiting for a full batch. */
  #dueUpTo = 0
  #interval: Timer | undefined
  #retryPause: Timer | undefined
  #turn: NodeJS.Immediate | undefined
  readonly #spool: OutcomeSpool | undefined
  #spooled = 0
  #closing: Promise<FlushResult> | undefined
  #progress = newSignal()

  constructor(input: OutcomeSenderInput) {
    const { random, spoolFile: path } = input
    this.#input = input
    this.#buffer = new OutcomeBuffer(input)
    this.#backoff = createBackoff({ ...RETRY_MS, random })
    if (path === undefined) return
    const restore = (outcome: BufferedOutcome) => this.#hold(outcome)
    this.#spool = new OutcomeSpool({ ...input, path, buffer: this.#buffer, restore })
  }

  /** Outcomes that wait, sealed or not, or are being sent. */
  get buffered(): number {
    return this.#buffer.count
  }

  status() {
    return {
      sent: this.#sent,
      buffered: this.buffered,
      restored: this.#spool?.restored ?? 0,
      spooled: this.#spooled,
      failing: this.#failing,
    }
  }

  /** Drops the outcome when there is no room. */
  add(outcome: BufferedOutcome): 'queued' | 'dropped' {
    if (this.#closing !== undefined || this.#buffer.isFull) {
      outcome.own?.dropped()
      this.#input.drops.drop(this.#closing === undefined ? 'overflow' : 'closed')
      return 'dropped'
    }
    this.#hold(outcome)
    return 'queued'
  }

  tellDecided(): void {
    this.#buffer.tellDecided()
    this.#pump()
  }

  /** Synchronous, for a process that ends: keeps what is left on disk, or counts it as dropped. */
  leave(): void {
    const { buffered } = this
    if (this.#spool?.save() === true || buffered === 0) return
    this.#input.drops.drop('unsent-at-exit', buffered, UNSENT)
  }

  #hold(outcome: BufferedOutcome): void {
    this.#added += 1
    outcome.order = this.#added
    this.#buffer.add(outcome)
    this.#startInterval()
    this.#spool?.saveSoon()
    // Not unref'd: an unref'd turn comes only when something else wakes the event loop. It holds the
    // process no longer than the writing takes.
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#buffer.write()
      this.#pump()
    })
  }

  /** Sends what was added so far. Always settles. */
  flush(timeoutMs: number): Promise<FlushResult> {
    return this.#closing ?? this.#flush(timeoutMs)
  }

  /** Flushes, drops what is left, and closes the sink. Always settles; later calls share the result. */
  close(timeoutMs: number): Promise<FlushResult> {
    this.#closing ??= this.#shut(timeoutMs)
    return this.#closing
  }

  /** Everything added so far may be sent now, in batches that need not be full. */
  #makeDue(): void {
    this.#dueUpTo = this.#added
    this.#buffer.write()
  }

  /** Sends batches until nothing is left to send, or something forbids it. */
  #pump(): void {
    const { maxInFlight } = this.#input.buffer
    while (
      this.#retryPause === undefined &&
      !this.#abort.signal.aborted &&
      this.#buffer.sending < maxInFlight
    ) {
      const batch = this.#buffer.next(this.#dueUpTo)
      if (batch === undefined) break
      void this.#deliver(batch)
    }
    if (this.#buffer.hasUnsealed) this.#startInterval()
    else this.#stopInterval()
  }

  #startInterval(): void {
    if (this.#interval !== undefined || this.#closing !== undefined) return
    const { clock, random, buffer } = this.#input
    this.#interval = clock.setTimer(jittered(buffer.flushIntervalMs, random), () => {
      this.#interval = undefined
      this.#makeDue()
      this.#pump()
    })
  }

  #stopInterval(): void {
    this.#interval?.cancel()
    this.#interval = undefined
  }

  async #deliver(batch: SealedBatch): Promise<void> {
    for (const { own } of batch.contents) own?.sending()
    const { sink, clock } = this.#input
    const { batchId, text, contents } = batch
    const context = { clock, signal: this.#abort.signal }
    const result = await sendTo(sink, { batchId, text, outcomes: contents.length }, context)
    if (!this.#abort.signal.aborted) {
      this.#settle(batch, result)
      this.#pump()
    }
    this.#progress.resolve()
    this.#progress = newSignal()
  }

  #settle(batch: SealedBatch, result: SendResult): void {
    for (const outcome of batch.contents) outcome.tell(result)
    switch (result.status) {
      case 'sent':
        this.#buffer.remove(batch)
        this.#sent += batch.contents.length
        this.#succeed()
        warnOfWrongClock(this.#input.warn, result.clockAheadMs)
        return
      case 'rejected':
        this.#drop(batch, 'rejected', result.problem)
        this.#succeed()
        return
      case 'too-large':
        this.#succeed()
        if (batch.contents.length > 1) this.#buffer.split(batch)
        else this.#drop(batch, 'too-large')
        return
      default:
        this.#buffer.putBack(batch)
        this.#fail(result)
    }
  }

  #drop(batch: SealedBatch, reason: DropReason, problem?: string): void {
    for (const { own } of batch.contents) own?.dropped()
    this.#buffer.remove(batch)
    const { length } = batch.contents
    if (length > 0) this.#input.drops.drop(reason, length, problem)
  }

  #succeed(): void {
    const { logger, events } = this.#input
    this.#backoff.reset()
    if (!this.#failing) return
    this.#failing = false
    logger.info('outcomes-recovered')
    events.emit('recovered', { part: 'outcomes' })
  }

  #fail(result: SendResult & { readonly status: 'retry' }): void {
    const { clock, warn, events } = this.#input
    const { problem } = result
    this.#failing = true
    this.#retryPause ??= clock.setTimer(this.#backoff.retryDelayMs(result), () => this.#resume())
    warn('outcomes-not-sent', problem, { problem })
    events.emit('error', { part: 'outcomes', problem })
  }

  #resume(): void {
    this.#retryPause?.cancel()
    this.#retryPause = undefined
    this.#pump()
  }

  async #flush(timeoutMs: number): Promise<FlushResult> {
    if (this.buffered === 0) return { status: 'flushed', remaining: 0 }
    const { clock } = this.#input
    this.#makeDue()
    const upTo = this.#added
    // A caller that waits gets an attempt at once, even during a retry pause.
    this.#resume()
    const stop = new AbortController()
    const drained = this.#drain(upTo, stop.signal)
    const status = (await withDeadline(drained, { clock, timeoutMs })) ?? 'timeout'
    stop.abort()
    return { status, remaining: this.buffered }
  }

  /** Waits for the first `upTo` outcomes: what is added later does not prolong it. */
  async #drain(upTo: number, stop: AbortSignal): Promise<'flushed'> {
    while (this.#buffer.holdsUpTo(upTo) && !stop.aborted && !this.#abort.signal.aborted) {
      const settled = this.#progress.promise
      this.#pump()
      await settled
    }
    return 'flushed'
  }

  async #shut(timeoutMs: number): Promise<FlushResult> {
    const { clock, sink, drops } = this.#input
    this.#spool?.stop()
    if (this.#buffer.hasUnsealed) this.#buffer.tellDecided()
    const { status } = await this.#flush(timeoutMs)
    // What was decided and went with no outcome: one attempt, as it is worth no waiting.
    if (this.buffered === 0 && !this.#failing && this.#input.decided.hasUnsent) {
      this.#buffer.tellDecided()
      const rest = this.#buffer.next(0)
      const limit = { clock, timeoutMs: Math.min(timeoutMs, LAST_WORD_MS) }
      if (rest !== undefined) await withDeadline(this.#deliver(rest), limit)
    }
    this.#stopInterval()
    this.#retryPause?.cancel()
    this.#abort.abort()
    const remaining = this.buffered
    const isSaved = this.#spool?.save() === true
    clearImmediate(this.#turn)
    this.#buffer.clear()
    if (isSaved) this.#spooled = remaining
    else if (remaining > 0) drops.drop('unsent-at-close', remaining)
    await closeSink(sink, clock)
    return { status: remaining > 0 ? 'timeout' : status, remaining }
  }
}
