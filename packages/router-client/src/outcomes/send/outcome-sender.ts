// Carries outcomes to the sink. Guarantees: never more than `capacity` outcomes are held, whatever the
// sink does; a batch is sealed before its first send and re-sent unchanged until its fate is known;
// every outcome that was taken in ends as sent, held or dropped with a reason; nothing here throws.
//   Outcomes are written as JSON, and batches sealed, in turns of the event loop of their own, a part
// each: whoever adds one does not wait for that. A batch is sealed when it can be sent, not earlier.
import { type Clock, type Timer, withDeadline } from '../../runtime/clock.ts'
import { describeCause } from '../../runtime/describe-error.ts'
import type { Random } from '../../runtime/random.ts'
import { jittered } from '../../transport/backoff.ts'
import type { DropReason } from '../record/outcome.ts'
import {
  closeQuietly,
  type OutcomeSink,
  resultOfSend,
  type SendResult,
} from '../sinks/outcome-sink.ts'
import { tellDeliveries, tellResult } from './delivery.ts'
import { createOutcomeBuffer, type OutcomeBuffer, type UnwrittenOutcome } from './outcome-buffer.ts'
import { createRetryPause, type RetryPause } from './retry-pause.ts'
import type { BatchSender } from './seal-batch.ts'
import { createSealedQueue, type QueuedBatch, type SealedQueue } from './sealed-queue.ts'

/** Bounds and rhythm of the outcome buffer. */
export interface BufferLimits {
  /** Outcomes held at most, sealed ones included; newer ones are dropped. Default 10000. */
  readonly capacity: number
  /** Characters of JSON held, about, at most. Default 67108864. */
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

export interface OutcomeSenderInput {
  readonly sink: OutcomeSink
  readonly limits: BufferLimits
  readonly sender: BatchSender
  readonly clock: Clock
  readonly random: Random
  readonly newId: () => string
  readonly dropTotals: () => Readonly<Record<string, number>>
  readonly onDropped: (reason: DropReason, count: number, problem?: string) => void
  readonly onProblem: (problem: string) => void
  /** Sending works again after a problem. */
  readonly onRecovered: () => void
}

export interface FlushResult {
  /** 'flushed' when everything that was recorded before the call is sent, or was refused for good. */
  readonly status: 'flushed' | 'timeout'
  /** Outcomes that are not sent: still held after `flush`, dropped after `close`. */
  readonly remaining: number
}

const SINK_CLOSE_MS = 2_000

export class OutcomeSender {
  readonly #input: OutcomeSenderInput
  readonly #buffer: OutcomeBuffer
  readonly #queue: SealedQueue
  readonly #retries: RetryPause
  readonly #abort = new AbortController()
  #sent = 0
  #failing = false
  /** This many outcomes, counted from the start, wait for no full batch. */
  #dueUpTo = 0
  #interval: Timer | undefined
  #turn: NodeJS.Immediate | undefined
  #closing: Promise<FlushResult> | undefined
  #progress = newSignal()

  constructor(input: OutcomeSenderInput) {
    this.#input = input
    this.#buffer = createOutcomeBuffer(input.limits)
    this.#queue = createSealedQueue(input)
    this.#retries = createRetryPause(input.clock, input.random, () => this.#pump())
  }

  /** Outcomes that wait, sealed or not, or are on their way. */
  get buffered(): number {
    return this.#buffer.count() + this.#queue.outcomes()
  }

  get sent(): number {
    return this.#sent
  }

  /** The last attempt has failed. */
  get failing(): boolean {
    return this.#failing
  }

  /** Takes an outcome in, or drops it when there is no room. */
  add(outcome: UnwrittenOutcome): 'queued' | 'dropped' {
    const { limits, onDropped } = this.#input
    const size = this.#buffer.bytes() + this.#queue.size()
    const isFull = this.buffered >= limits.capacity || size >= limits.maxBytes
    if (this.#closing !== undefined || isFull) {
      outcome.delivery?.lost()
      onDropped(this.#closing === undefined ? 'overflow' : 'closed', 1)
      return 'dropped'
    }
    this.#buffer.push(outcome)
    this.#startInterval()
    // Not unref'd, as such a turn comes only when something else wakes the loop. It holds the process no
    // longer than the work takes.
    this.#turn ??= setImmediate(this.#takeTurn)
    return 'queued'
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

  readonly #takeTurn = (): void => {
    this.#turn = undefined
    this.#buffer.writeSlice()
    this.#pump()
    if (this.#buffer.written() < this.#buffer.count()) {
      this.#turn = setImmediate(this.#takeTurn)
    }
  }

  /** What was added so far is to be sent now, in batches that need not be full. */
  #makeDue(): void {
    this.#dueUpTo = this.#added()
    this.#buffer.writeSlice()
  }

  #added(): number {
    return this.#buffer.taken() + this.#buffer.count()
  }

  #isBatchReady(): boolean {
    if (this.#buffer.hasFullBatch()) return true
    const taken = this.#buffer.taken()
    return taken < this.#dueUpTo && taken + this.#buffer.written() >= this.#dueUpTo
  }

  #sealOldest(): void {
    const order = this.#buffer.taken()
    const contents = this.#buffer.take()
    if (contents !== undefined) this.#queue.seal(contents, order)
    if (this.#buffer.count() > 0) return
    this.#interval?.cancel()
    this.#interval = undefined
  }

  /** Sends while there is something to send and nothing forbids it. */
  #pump(): void {
    const { maxInFlight } = this.#input.limits
    while (!this.#isHeldBack() && this.#queue.inFlight() < maxInFlight) {
      const batch = this.#queue.next()
      if (batch !== undefined) void this.#deliver(batch)
      else if (this.#isBatchReady()) this.#sealOldest()
      else break
    }
    this.#startInterval()
  }

  #isHeldBack(): boolean {
    return this.#retries.isPaused() || this.#abort.signal.aborted
  }

  #startInterval(): void {
    if (this.#buffer.count() === 0 || this.#interval !== undefined) return
    if (this.#closing !== undefined) return
    const { clock, random, limits } = this.#input
    this.#interval = clock.setTimer(jittered(limits.flushIntervalMs, random), () => {
      this.#interval = undefined
      // During an outage outcomes stay unsealed, so that full batches are sent after it.
      if (!this.#isHeldBack()) this.#makeDue()
      this.#pump()
    })
  }

  async #deliver(batch: QueuedBatch): Promise<void> {
    const result = await this.#attempt(batch)
    if (!this.#abort.signal.aborted) {
      this.#settle(batch, result)
      this.#pump()
    }
    this.#progress.resolve()
    this.#progress = newSignal()
  }

  async #attempt({ batchId, text, outcomes, contents }: QueuedBatch): Promise<SendResult> {
    const { sink, clock } = this.#input
    tellDeliveries(contents.deliveries, (delivery) => delivery.began())
    try {
      const context = { clock, signal: this.#abort.signal }
      return resultOfSend(await sink.send({ batchId, text, outcomes }, context))
    } catch (cause) {
      return { status: 'retry', problem: describeCause(cause) }
    }
  }

  #settle(batch: QueuedBatch, result: SendResult): void {
    const { onProblem } = this.#input
    tellDeliveries(batch.contents.deliveries, (delivery) => tellResult(delivery, result))
    switch (result.status) {
      case 'sent':
        this.#queue.done(batch)
        this.#sent += batch.outcomes
        this.#works()
        return
      case 'rejected':
        this.#queue.done(batch)
        this.#drop(batch, 'rejected', result.problem)
        this.#works()
        return
      case 'too-large':
        this.#works()
        if (this.#queue.split(batch) === 'indivisible') this.#drop(batch, 'too-large')
        return
      default:
        this.#queue.putBack(batch)
        this.#failing = true
        onProblem(result.problem)
        this.#retries.pause(result)
    }
  }

  #drop({ contents, outcomes }: QueuedBatch, reason: DropReason, problem?: string): void {
    tellDeliveries(contents.deliveries, (delivery) => delivery.lost())
    this.#input.onDropped(reason, outcomes, problem)
  }

  #works(): void {
    this.#retries.reset()
    if (!this.#failing) return
    this.#failing = false
    this.#input.onRecovered()
  }

  async #flush(timeoutMs: number): Promise<FlushResult> {
    if (this.buffered === 0) return { status: 'flushed', remaining: 0 }
    const { clock } = this.#input
    this.#makeDue()
    const upTo = this.#dueUpTo
    // A pause is for the background; somebody who waits gets an attempt at once.
    this.#retries.resume()
    const stop = new AbortController()
    const deadline = { clock, timeoutMs, late: 'timeout', keepAlive: true } as const
    const status = await withDeadline(this.#drain(upTo, stop.signal), deadline)
    stop.abort()
    return { status, remaining: this.buffered }
  }

  /** Waits for the first `upTo` outcomes: what is added later does not prolong it. */
  async #drain(upTo: number, stop: AbortSignal): Promise<'flushed'> {
    while (this.#holdsUpTo(upTo) && !stop.aborted && !this.#abort.signal.aborted) {
      const settled = this.#progress.promise
      this.#pump()
      await settled
    }
    return 'flushed'
  }

  #holdsUpTo(count: number): boolean {
    return this.#buffer.taken() < count || this.#queue.hasBefore(count)
  }

  async #shut(timeoutMs: number): Promise<FlushResult> {
    const { clock, sink, onDropped } = this.#input
    const { status } = await this.#flush(timeoutMs)
    this.#interval?.cancel()
    this.#retries.stop()
    this.#abort.abort()
    const remaining = this.buffered
    clearImmediate(this.#turn)
    this.#buffer.clear()
    this.#queue.clear()
    if (remaining > 0) onDropped('unsent-at-close', remaining)
    const closed = closeQuietly(sink)
    const deadline = { clock, timeoutMs: SINK_CLOSE_MS, late: undefined, keepAlive: true }
    await withDeadline(closed, deadline)
    return { status: remaining > 0 ? 'timeout' : status, remaining }
  }
}

function newSignal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
