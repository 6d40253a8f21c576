import {
  type OutcomeMessage,
  type SealedBatch,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import type { SealedBatchText, SendResult } from '../outcomes/sinks/outcome-sink.ts'

export type RecordingSink = ReturnType<typeof recordingSink>

type Answer = (batch: SealedBatchText) => SendResult | Promise<SendResult>

/** A sink that keeps what it was sent, for tests. */
export function recordingSink() {
  const taken = new Map<string, SealedBatch>()
  const texts: string[] = []
  let answer: Answer = () => ({ status: 'sent' })
  return {
    /** Batches that were answered with 'sent', parsed by the contract. */
    batches: (): readonly SealedBatch[] => [...taken.values()],
    /** Outcomes of all batches, each batch id once. */
    outcomes: (): readonly OutcomeMessage[] =>
      [...taken.values()].flatMap((batch) => batch.outcomes),
    /** Every text that was sent, whatever the answer was. */
    texts: (): readonly string[] => texts,
    /** Sets the answer to later batches. Default: `{ status: 'sent' }`. */
    answer(next: SendResult | Answer): void {
      answer = typeof next === 'function' ? next : () => next
    },
    async send(batch: SealedBatchText): Promise<SendResult> {
      texts.push(batch.text)
      const result = await answer(batch)
      if (result.status === 'sent') {
        taken.set(batch.batchId, sealedBatchSchema.parse(JSON.parse(batch.text)))
      }
      return result
    },
    async close(): Promise<void> {},
  }
}
