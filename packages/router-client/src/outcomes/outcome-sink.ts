import type { Clock } from '../runtime/clock.ts'

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
  /** It is in the queue. */
  | {
      readonly status: 'sent'
      /**
       * The id that pgmq gave the message. Only with it an outcome counts for its own instance until
       * the very snapshot that contains it; without it until the next one.
       */
      readonly messageId?: number | undefined
    }
  /** It is not, or nobody knows: send the same bytes again. */
  | {
      readonly status: 'retry'
      readonly problem: string
      /** Not before this many milliseconds, as the server asked. */
      readonly retryAfterMs?: number | undefined
      /** The trouble will last (a wrong token, a missing queue): try rarely. */
      readonly slow?: boolean
    }
  /** Too large for the other side: send it in halves. */
  | { readonly status: 'too-large' }
  /** The other side says clearly that it will never take this batch. */
  | { readonly status: 'rejected'; readonly problem: string }

export interface SendContext {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Where sealed batches go. A `send` that throws counts as an unknown result and is repeated. */
export interface OutcomeSink {
  /** For status: 'http', 'postgres', or an own one's name. */
  readonly kind: string
  /** Mistakes in the sink's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[]
  send(batch: SealedBatchText, context: SendContext): Promise<SendResult>
  /** Ends connections. Always settles. */
  close(): Promise<void>
}
