// The requests of the benchmark to its processes of clients, and their replies.
import { z } from 'zod'

/** The job of one process of clients. */
export const clientsJobSchema = z.object({
  connectionString: z.string(),
  workerUrl: z.string(),
  /** Part of its instances' names. */
  process: z.number(),
  /** How many clients are there at a time. */
  clients: z.number(),
  outcomesPerSecond: z.number(),
  durationMs: z.number(),
  /** How long a client stays, in the mean. */
  lifeMs: z.number(),
})

/** What became of the outcomes of all clients of a process, when the last one has closed. */
export const accountSchema = z.object({
  recorded: z.number(),
  /** Outcomes that the queue took. */
  sent: z.number(),
  dropped: z.number(),
  /** How many clients came, and left by `close()`. */
  lives: z.number(),
  /** Processor time of the process, in seconds. */
  cpuSeconds: z.number(),
})

/** What a process of clients holds after a full garbage collection. */
export const heldSchema = z.object({ heapMiB: z.number() })

export type ClientsJob = z.infer<typeof clientsJobSchema>
export type Account = z.infer<typeof accountSchema>
