import { type Clock, type Signal, withDeadline } from '../../runtime/clock.ts'
import { describeCause, isRecord, toSafeText } from '../../runtime/unknown-value.ts'
import { MAX_RETRY_AFTER_MS, type RetryAdvice } from '../../transport/backoff.ts'

/** A batch as it is sent: the same text at every attempt. */
export interface SealedBatchText {
  /** UUID v7, also inside the text. */
  readonly batchId: string
  /** JSON of a sealed batch (see the contracts). */
  readonly text: string
  /** Outcomes in the batch; 0 where it only tells how many decisions have none. */
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
      /** By how much this process's clock is ahead of the other side's, in milliseconds; negative if behind. */
      readonly clockAheadMs?: number | undefined
    }
  /** The batch is not in the queue, or nothing is known about it: send the same bytes again. */
  | ({ readonly status: 'retry'; readonly problem: string } & RetryAdvice)
  /** Too large for the other side: send it in halves. */
  | { readonly status: 'too-large' }
  /** The other side refuses this batch for good. */
  | { readonly status: 'rejected'; readonly problem: string }

const MAX_PROBLEM_CHARS = 1_000
const NO_RESULT = 'the sink did not say what became of the batch'
const NO_PROBLEM = 'the sink named no problem'

/**
 * A user's own sink may return anything. A value that is no result counts as an unknown result, and only what a
 * result may hold is taken from it.
 *
 * @throws what reading the value throws.
 */
function resultOfSend(answer: unknown): SendResult {
  if (!isRecord(answer)) return { status: 'retry', problem: NO_RESULT }
  const { status, problem, messageId, clockAheadMs, retryAfterMs, slow } = answer
  const text = toSafeText(describeCause(problem ?? NO_PROBLEM), MAX_PROBLEM_CHARS)
  switch (status) {
    case 'sent':
      return {
        status,
        messageId: isMessageId(messageId) ? messageId : undefined,
        clockAheadMs: Number.isFinite(clockAheadMs) ? Number(clockAheadMs) : undefined,
      }
    case 'too-large':
      return { status }
    case 'rejected':
      return { status, problem: text }
    case 'retry': {
      const wait = isWait(retryAfterMs)
        ? { retryAfterMs: Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) }
        : {}
      return { status, problem: text, slow: slow === true, ...wait }
    }
    default:
      return { status: 'retry', problem: NO_RESULT }
  }
}

function isMessageId(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isWait(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

export interface SendContext {
  readonly clock: Clock
  readonly signal: Signal
}

/**
 * Where sealed batches go. A `send` that throws, or returns something other than a result, is repeated with the
 * same batch.
 */
export interface OutcomeSink {
  /** Mistakes in the sink's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[] | undefined
  send(batch: SealedBatchText, context: SendContext): Promise<SendResult>
  /** Ends connections. Always settles. */
  close(): Promise<void>
}

const CLOSE_MS = 2_000

/** Nothing depends on the sink any more, whether or not it closes. */
export async function closeSink(sink: OutcomeSink, clock: Clock): Promise<void> {
  const closed = (async () => sink.close())().catch(() => undefined)
  await withDeadline(closed, { clock, timeoutMs: CLOSE_MS })
}

/** Never throws: whatever a user's own sink does is a result. */
export async function sendTo(
  sink: OutcomeSink,
  batch: SealedBatchText,
  context: Parameters<OutcomeSink['send']>[1],
): Promise<SendResult> {
  try {
    return resultOfSend(await sink.send(batch, context))
  } catch (cause) {
    return { status: 'retry', problem: describeCause(cause) }
  }
}
