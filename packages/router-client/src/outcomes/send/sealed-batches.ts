import {
  SEALED_BATCH_FORMAT,
  type SealedBatch as SealedBatchMessage,
  uuidV7,
} from '@winrate/shared-schema/contracts'
import type { Clock } from '../../runtime/clock.ts'
import type { DropCounter } from './drop-counter.ts'
import type { BufferedOutcome } from './outcome-buffer.ts'

/** Outcomes in an envelope whose bytes no longer change. */
export interface SealedBatch {
  readonly batchId: string
  readonly text: string
  readonly contents: readonly BufferedOutcome[]
}

export interface SealedBatchesInput {
  readonly instanceId: string
  /** Name and version of the SDK. */
  readonly sdk: string
  readonly clock: Clock
  readonly drops: DropCounter
}

/** Sealed batches until their fate is known. Each is waiting or being sent. */
export class SealedBatches {
  readonly #input: SealedBatchesInput
  readonly #sessionId: string
  #waiting: SealedBatch[] = []
  readonly #sending = new Set<SealedBatch>()
  #outcomes = 0
  #chars = 0

  constructor(input: SealedBatchesInput) {
    this.#input = input
    this.#sessionId = uuidV7(input.clock.now())
  }

  get outcomes(): number {
    return this.#outcomes
  }

  /** Of JSON. */
  get chars(): number {
    return this.#chars
  }

  /** Batches that are being sent. */
  get sending(): number {
    return this.#sending.size
  }

  /** Makes the bytes that are sent from now on. The batch waits behind the others. */
  seal(contents: readonly BufferedOutcome[]): void {
    this.#waiting.push(this.#make(contents))
  }

  /** The oldest waiting batch, which is being sent from now on. */
  next(): SealedBatch | undefined {
    const batch = this.#waiting.shift()
    if (batch !== undefined) this.#sending.add(batch)
    return batch
  }

  /** It must be sent again: it waits behind the others, unchanged. */
  putBack(batch: SealedBatch): void {
    if (this.#sending.delete(batch)) this.#waiting.push(batch)
  }

  /** It needs no further send. */
  remove(batch: SealedBatch): void {
    if (!this.#sending.delete(batch)) return
    this.#outcomes -= batch.contents.length
    this.#chars -= batch.text.length
  }

  /** Two batches with new ids take its place. */
  split(batch: SealedBatch): void {
    this.remove(batch)
    const middle = Math.ceil(batch.contents.length / 2)
    const halves = [batch.contents.slice(0, middle), batch.contents.slice(middle)]
    this.#waiting.unshift(...halves.map((half) => this.#make(half)))
  }

  /** Whether one of the outcomes up to this order is still here. */
  holdsUpTo(order: number): boolean {
    return [...this.#waiting, ...this.#sending].some(({ contents: [oldest] }) => {
      return oldest !== undefined && oldest.order <= order
    })
  }

  clear(): void {
    this.#waiting = []
    this.#sending.clear()
    this.#outcomes = 0
    this.#chars = 0
  }

  #make(contents: readonly BufferedOutcome[]): SealedBatch {
    const { instanceId, sdk, clock, drops } = this.#input
    const nowMs = clock.now()
    const batchId = uuidV7(nowMs)
    const envelope: Omit<SealedBatchMessage, 'outcomes'> = {
      format: SEALED_BATCH_FORMAT,
      batch_id: batchId,
      instance_id: instanceId,
      session_id: this.#sessionId,
      sdk,
      sealed_at: new Date(nowMs).toISOString(),
      dropped: drops.totals,
    }
    const head = JSON.stringify(envelope).slice(0, -1)
    const text = `${head},"outcomes":[${contents.map((outcome) => outcome.text).join(',')}]}`
    this.#outcomes += contents.length
    this.#chars += text.length
    return { batchId, text, contents }
  }
}
