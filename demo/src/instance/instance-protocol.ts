// The messages between the demo and its instance processes on Node's IPC channel, which can carry typed
// arrays.
import { z } from 'zod'

const candidateSchema = z.object({
  provider: z.string(),
  model: z.string(),
  success: z.boolean(),
  quality: z.number().optional(),
  responseTimeMs: z.number().optional(),
  costUsd: z.number().optional(),
})

/** Everything that an instance needs before it starts. */
export const instanceJobSchema = z.object({
  kind: z.literal('job'),
  /** Number of the instance, from 1. */
  instance: z.number(),
  instanceId: z.string(),
  seed: z.number(),
  limit: z.number().optional(),
  workerUrl: z.string(),
  connectionString: z.string(),
  flushIntervalMs: z.number(),
  queries: z
    .array(
      z.object({
        source: z.string(),
        category: z.string(),
        queryId: z.string(),
        taskType: z.string(),
        candidates: z.array(candidateSchema).readonly(),
      }),
    )
    .readonly(),
})

/** Sent to all instances once all of them are ready. */
export const replayStartSchema = z.object({ kind: z.literal('start'), durationMs: z.number() })

export const instanceReplySchema = z.discriminatedUnion('kind', [
  /** The router is up. */
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('progress'), decisions: z.number() }),
  z.object({
    kind: z.literal('done'),
    /** Index of each decision's query, in the order of time. */
    queries: z.instanceof(Uint32Array),
    /** Index of the chosen candidate within that query. */
    candidates: z.instanceof(Uint32Array),
    /** 1 for each decision that the baseline of the experiment made, else 0. */
    heldOut: z.instanceof(Uint8Array),
    /** Duration of each call of route(). */
    routeNs: z.instanceof(Float64Array),
    /** Outcomes that the router dropped, by reason. */
    dropped: z.record(z.string(), z.number()),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])

export type InstanceJob = z.infer<typeof instanceJobSchema>
export type ReplayStart = z.infer<typeof replayStartSchema>
export type InstanceReply = z.infer<typeof instanceReplySchema>
export type ReplayResult = Extract<InstanceReply, { kind: 'done' }>
