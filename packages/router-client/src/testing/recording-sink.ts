import {
  type OutcomeMessage,
  type SealedBatch,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import type { OutcomeSink, SealedBatchText, SendResult } from '../outcomes/sinks/outcome-sink.ts'

/** A sink that keeps what it was sent, for tests. */
export interface RecordingSink extends OutcomeSink {
  /** Batches that were answered with 'sent', parsed by the contract. */
  batches(): readonly SealedBatch[]
  /** Outcomes of all batches, each batch id once. */
  outcomes(): readonly OutcomeMessage[]
  /** Every text that was sent, whatever the answer was. */
  texts(): readonly string[]
  /** Sets the answer to later batches. Default: `{ status: 'sent' }`. */
  answer(next: SendResult | ((batch: SealedBatchText) => SendResult | Promise<SendResult>)): void
}

export function recordingSink(): RecordingSink {
  const taken = new Map<string, SealedBatch>()
  const texts: string[] = []
  let answer: (batch: SealedBatchText) => SendResult | Promise<SendResult> = () => ({
    status: 'sent',
  })
  return {
    batches: () => [...taken.values()],
    outcomes: () => [...taken.values()].flatMap((batch) => batch.outcomes),
    texts: () => texts,
    answer(next) {
      answer = typeof next === 'function' ? next : () => next
    },
    async send(batch) {
      texts.push(batch.text)
      const result = await answer(batch)
      if (result.status === 'sent') {
        taken.set(batch.batchId, sealedBatchSchema.parse(JSON.parse(batch.text)))
      }
      return result
    },
    async close() {},
  }
}
