// What the benchmark and its publishing process say to each other over Node's IPC channel.
import { z } from 'zod'

export const publisherJobSchema = z.object({
  /** Where the queue is. */
  connectionString: z.string(),
  outcomes: z.number(),
  /** Whether each outcome is that of a decision made just before, or a description of a call. */
  recorded: z.enum(['decisions', 'descriptions']),
})

export const publisherReplySchema = z.object({
  /** From the first record until all were flushed. */
  seconds: z.number(),
  sent: z.number(),
  /** To warm up. */
  sentBefore: z.number(),
  dropped: z.number(),
  /** Nanoseconds a call of `recordPreference`. */
  recordP50Ns: z.number(),
  recordP99Ns: z.number(),
  recordP999Ns: z.number(),
  /** What reading the timer adds to each of the two above. */
  timerNs: z.number(),
  /** By the clock: what the machine gave to others counts too. */
  longestStallMs: z.number(),
  /** What 99 % of the stalls stay below, by the clock. */
  stallP99Ms: z.number(),
  /** Processor time of a turn of the event loop. */
  longestTurnCpuMs: z.number(),
  /** What 99 % of the turns stay below. */
  turnCpuP99Ms: z.number(),
  /** In a turn, ready to run while the processors were given to others; 0 where the system does not tell. */
  longestWaitMs: z.number(),
  heapGrowthMiB: z.number(),
  rssGrowthMiB: z.number(),
})

export type PublisherJob = z.infer<typeof publisherJobSchema>
export type PublisherReply = z.infer<typeof publisherReplySchema>
