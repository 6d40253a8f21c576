// The messages between the benchmark and its publishing processes on Node's IPC channel.
import { z } from 'zod'

/** The job of one publishing process. */
export const publisherJobSchema = z.object({
  connectionString: z.string(),
  workerUrl: z.string(),
  /** Part of its instances' names. */
  publisher: z.number(),
  routers: z.number(),
  outcomesPerSecond: z.number(),
  durationMs: z.number(),
})

/** The batches that reached the queue, one row each, in columns. */
const sentBatchesSchema = z.object({
  /** The id of the batch's message in the queue. */
  messageId: z.instanceof(Float64Array),
  /** Where the batch's entries in `recordedMs` begin; they end at the next batch's offset. */
  offset: z.instanceof(Uint32Array),
  /** When each outcome was recorded, in milliseconds since 1970. */
  recordedMs: z.instanceof(Float64Array),
})

export const publisherReplySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** A router has started to use a snapshot. */
  z.object({ kind: z.literal('applied'), version: z.number(), atMs: z.number() }),
  z.object({
    kind: z.literal('done'),
    recorded: z.number(),
    dropped: z.number(),
    batches: sentBatchesSchema,
  }),
])

export type PublisherJob = z.infer<typeof publisherJobSchema>
export type PublisherReply = z.infer<typeof publisherReplySchema>
export type SentBatches = z.infer<typeof sentBatchesSchema>
