// The request of the benchmark to its process of pollers, and the reply.
import { z } from 'zod'

export const pollsJobSchema = z.object({
  url: z.string(),
  token: z.string(),
  /** How many pollers there are, each with a name of its own. */
  pollers: z.number(),
  /** How often each asks. */
  everyMs: z.number(),
  durationMs: z.number(),
  /** The ETag of what they know. */
  known: z.string(),
})

export const pollsSchema = z.object({
  /** Polls by status and, where nginx answered, what its cache did. */
  answers: z.record(z.string(), z.number()),
  bytes: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
})

export type PollsJob = z.infer<typeof pollsJobSchema>
export type Polls = z.infer<typeof pollsSchema>
