import type { OutcomeSink } from '@winrate/router-client'
import type { SentBatches } from './publisher-protocol.ts'

/** The first 12 digits of a UUID v7 are its milliseconds since 1970. */
const outcomeTime = /"outcome_id":"([0-9a-f]{8})-([0-9a-f]{4})/g

/** Notes, for each batch that a sink accepted, its message id and when its outcomes were recorded. */
export function createBatchNotes() {
  const messageId: number[] = []
  const offset: number[] = []
  const recordedMs: number[] = []
  return {
    through(sink: OutcomeSink): OutcomeSink {
      return {
        ...sink,
        close: () => sink.close(),
        async send(batch, context) {
          const result = await sink.send(batch, context)
          if (result.status === 'sent' && result.messageId !== undefined) {
            messageId.push(result.messageId)
            offset.push(recordedMs.length)
            for (const [, high, low] of batch.text.matchAll(outcomeTime)) {
              recordedMs.push(Number.parseInt(`${high}${low}`, 16))
            }
          }
          return result
        },
      }
    },
    read: (): SentBatches => ({
      messageId: Float64Array.from(messageId),
      offset: Uint32Array.from(offset),
      recordedMs: Float64Array.from(recordedMs),
    }),
  }
}
