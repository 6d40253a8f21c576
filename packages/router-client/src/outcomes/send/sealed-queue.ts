import type { Clock } from '../../runtime/clock.ts'
import { type BatchContents, halveContents } from './batch-contents.ts'
import { type BatchSender, type SplittableBatch, sealBatch } from './seal-batch.ts'

export interface SealedQueueInput {
  readonly sender: BatchSender
  readonly clock: Clock
  readonly newId: () => string
  /** Totals of drops so far, by reason: they travel with each batch. */
  readonly dropTotals: () => Readonly<Record<string, number>>
}

export interface QueuedBatch extends SplittableBatch {
  /** How many outcomes were sealed before this batch; halves of one keep its number. */
  readonly order: number
}

/** Sealed batches until their fate is known: waiting, or on their way. */
export interface SealedQueue {
  /** @param order How many were sealed before them. */
  seal(contents: BatchContents, order: number): void
  /** Sends the oldest waiting batch on its way. */
  next(): QueuedBatch | undefined
  /** Its fate is unknown: it waits again, behind the others, unchanged. */
  putBack(batch: QueuedBatch): void
  /** Its fate is known. */
  done(batch: QueuedBatch): void
  /** Nothing of it was taken: two batches of new ids take its place, unless it has one outcome only. */
  split(batch: QueuedBatch): 'split' | 'indivisible'
  /** Whether one of the first `order` outcomes may still be here. */
  hasBefore(order: number): boolean
  /** Outcomes waiting and on their way. */
  outcomes(): number
  /** Characters of JSON waiting and on their way. */
  size(): number
  inFlight(): number
  clear(): void
}

export function createSealedQueue(input: SealedQueueInput): SealedQueue {
  let waiting: QueuedBatch[] = []
  const inFlight = new Set<QueuedBatch>()
  let outcomes = 0
  let size = 0

  function make(contents: BatchContents, order: number): QueuedBatch {
    const batch = sealBatch({
      sender: input.sender,
      batchId: input.newId(),
      sealedAtMs: input.clock.now(),
      dropped: input.dropTotals(),
      contents,
    })
    outcomes += batch.outcomes
    size += batch.text.length
    return { ...batch, order }
  }

  function done(batch: QueuedBatch): void {
    if (!inFlight.delete(batch)) return
    outcomes -= batch.outcomes
    size -= batch.text.length
  }

  return {
    seal(contents, order) {
      waiting.push(make(contents, order))
    },
    next() {
      const batch = waiting.shift()
      if (batch !== undefined) inFlight.add(batch)
      return batch
    },
    putBack(batch) {
      if (inFlight.delete(batch)) waiting.push(batch)
    },
    done,
    split(batch) {
      done(batch)
      if (batch.outcomes <= 1) return 'indivisible'
      const [first, second] = halveContents(batch.contents)
      waiting.unshift(make(first, batch.order), make(second, batch.order))
      return 'split'
    },
    hasBefore: (order) => [...waiting, ...inFlight].some((batch) => batch.order < order),
    outcomes: () => outcomes,
    size: () => size,
    inFlight: () => inFlight.size,
    clear() {
      waiting = []
      inFlight.clear()
      outcomes = 0
      size = 0
    },
  }
}
