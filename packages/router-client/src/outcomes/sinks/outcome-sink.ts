import type { Clock } from '../../runtime/clock.ts'

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
       * The id that pgmq gave the message. With it an outcome counts for its own instance until the
       * snapshot that contains it; without it only until the next snapshot.
       */
      readonly messageId?: number | undefined
    }
  /** It is not, or that is unknown: send the same bytes again. */
  | {
      readonly status: 'retry'
      readonly problem: string
      /** Not before this many milliseconds, as the server asked. */
      readonly retryAfterMs?: number | undefined
      /** The problem will last (a wrong token, a missing queue): retry rarely. */
      readonly slow?: boolean
    }
  /** Too large for the other side: send it in halves. */
  | { readonly status: 'too-large' }
  /** The other side says clearly that it will never take this batch. */
  | { readonly status: 'rejected'; readonly problem: string }

const statuses: ReadonlySet<unknown> = new Set<SendResult['status']>([
  'sent',
  'retry',
  'too-large',
  'rejected',
])

/** A sink of the user's own may answer anything. An answer that is no result is an unknown result. */
export function resultOfSend(answer: SendResult | null | undefined): SendResult {
  if (answer != null && statuses.has(answer.status)) return answer
  return { status: 'retry', problem: 'the sink did not say what became of the batch' }
}

export interface SendContext {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Where sealed batches go. A `send` that throws, or answers with something else than a result, counts as
 * an unknown result and is repeated.
 */
export interface OutcomeSink {
  /** Mistakes in the sink's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[]
  send(batch: SealedBatchText, context: SendContext): Promise<SendResult>
  /** Ends connections. Always settles. */
  close(): Promise<void>
}

/** Never rejects. */
export async function closeQuietly(sink: OutcomeSink): Promise<void> {
  try {
    await sink.close()
  } catch {
    // Nothing depends on the sink any more.
  }
}
