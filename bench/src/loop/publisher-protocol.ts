// The requests of the benchmark to its publishing processes, and their replies.
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

export const recordedSchema = z.object({
  recorded: z.number(),
  dropped: z.number(),
  batches: sentBatchesSchema,
})

/** By version, when the last router started to use that snapshot, in milliseconds since 1970. */
export const appliedSchema = z.map(z.number(), z.number())

export type PublisherJob = z.infer<typeof publisherJobSchema>
export type Recorded = z.infer<typeof recordedSchema>
export type SentBatches = z.infer<typeof sentBatchesSchema>
