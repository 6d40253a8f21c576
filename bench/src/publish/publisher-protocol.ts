// The request of the benchmark to its publishing process, and the reply.
import { z } from 'zod'

export const publisherJobSchema = z.object({
  /** The database of the queue. */
  connectionString: z.string(),
  outcomes: z.number(),
  /** Whether each outcome belongs to a fresh decision or describes a call. */
  recorded: z.enum(['decisions', 'descriptions']),
})

export const publisherReplySchema = z.object({
  /** From the first record until everything was flushed. */
  seconds: z.number(),
  sent: z.number(),
  /** Sent to warm up. */
  sentBefore: z.number(),
  dropped: z.number(),
  /** Nanoseconds per call of `recordPreference`. */
  recordP50Ns: z.number(),
  recordP99Ns: z.number(),
  recordP999Ns: z.number(),
  /** The timer's own share in each of the two figures above. */
  timerNs: z.number(),
  /** In elapsed time, including time that the machine gave to other processes. */
  longestStallMs: z.number(),
  /** 99 % of the stalls are shorter, in elapsed time. */
  stallP99Ms: z.number(),
  /** Processor time of a turn of the event loop. */
  longestTurnCpuMs: z.number(),
  /** 99 % of the turns take less processor time. */
  turnCpuP99Ms: z.number(),
  /** Longest time that a turn waited for a processor; 0 if the system does not report it. */
  longestWaitMs: z.number(),
  heapGrowthMiB: z.number(),
  rssGrowthMiB: z.number(),
})

export type PublisherJob = z.infer<typeof publisherJobSchema>
export type PublisherReply = z.infer<typeof publisherReplySchema>
