// What the benchmark and its publishing processes say to each other over Node's IPC channel.
import { z } from 'zod'

/** What one publishing process does. */
export const publisherJobSchema = z.object({
  connectionString: z.string(),
  workerUrl: z.string(),
  /** Names its instances. */
  publisher: z.number(),
  routers: z.number(),
  outcomesPerSecond: z.number(),
  durationMs: z.number(),
})

/** Batches that reached the queue: one row each, in columns. */
const sentBatchesSchema = z.object({
  /** The queue's id of its message. */
  messageId: z.instanceof(Float64Array),
  /** When its outcomes were recorded, in milliseconds since 1970: `recordedMs[offset[i]]` up to the next. */
  offset: z.instanceof(Uint32Array),
  recordedMs: z.instanceof(Float64Array),
})

export const publisherReplySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** A router has taken a snapshot into use. */
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
