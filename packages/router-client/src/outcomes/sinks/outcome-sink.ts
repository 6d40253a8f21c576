import type { Clock } from '../../runtime/clock.ts'
import type { RetryAdvice } from '../../transport/backoff.ts'

/** A batch as it is sent: the same text at every attempt. */
export interface SealedBatchText {
  /** UUID v7, also inside the text. */
  readonly batchId: string
  /** JSON of a sealed batch (see the contracts). */
  readonly text: string
  /** Outcomes in the batch. */
  readonly outcomes: number
}

/** What became of a batch. */
export type SendResult =
  /** The batch is in the queue. */
  | {
      readonly status: 'sent'
      /**
       * The id that pgmq gave the message. With it an outcome counts for its own instance until the
       * snapshot that contains it; without it only until the next snapshot.
       */
      readonly messageId?: number | undefined
    }
  /** The batch is not in the queue, or nothing is known about it: send the same bytes again. */
  | ({ readonly status: 'retry'; readonly problem: string } & RetryAdvice)
  /** Too large for the other side: send it in halves. */
  | { readonly status: 'too-large' }
  /** The other side refuses this batch for good. */
  | { readonly status: 'rejected'; readonly problem: string }

const statuses: ReadonlySet<unknown> = new Set<SendResult['status']>([
  'sent',
  'retry',
  'too-large',
  'rejected',
])

/** A user's own sink may return anything. A value that is no result counts as an unknown result. */
export function resultOfSend(answer: SendResult | null | undefined): SendResult {
  if (answer != null && statuses.has(answer.status)) return answer
  return { status: 'retry', problem: 'the sink did not say what became of the batch' }
}

export interface SendContext {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Where sealed batches go. A `send` that throws, or returns something other than a result, is repeated with the
 * same batch.
 */
export interface OutcomeSink {
  /** Mistakes in the sink's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[]
  send(batch: SealedBatchText, context: SendContext): Promise<SendResult>
  /** Ends connections. Always settles. */
  close(): Promise<void>
}
