// Bodies of the worker's HTTP API beside snapshots and sealed batches.
import { z } from 'zod'

/** Answer to POST /v1/outcomes: the outcomes are in the queue, not yet counted. */
export const publishedSchema = z.object({
  batchId: z.uuid(),
  outcomes: z.int().min(0),
})

export const errorBodySchema = z.object({
  /** Stable, for programs. */
  code: z.string(),
  /** For people: what is wrong and what to do. */
  message: z.string(),
})

/** One cell of GET /v1/metrics. */
export const taskMetricsSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string().nullable(),
  samples: z.int(),
  successes: z.int(),
  /** successes / samples. */
  winRate: z.number(),
  confidence: z.number(),
  avgQuality: z.number().nullable(),
  avgResponseTimeMs: z.number().nullable(),
  avgCostUsd: z.number().nullable(),
  /** Rate limits, timeouts and the like: not among the samples. */
  transportFailures: z.int(),
  /** Instances that contributed. */
  instances: z.int(),
  updatedAt: z.iso.datetime({ offset: true }),
})

export const metricsBodySchema = z.object({
  epoch: z.uuid(),
  version: z.int().min(0),
  windowDays: z.number(),
  metrics: z.array(taskMetricsSchema),
})

/** One instance of GET /v1/instances. */
export const instanceSchema = z.object({
  instanceId: z.string(),
  /** Name and version of its SDK; null for producers that send bare outcomes. */
  sdk: z.string().nullable(),
  firstSeenAt: z.iso.datetime({ offset: true }),
  lastSeenAt: z.iso.datetime({ offset: true }),
  /** Outcomes in the window, transport failures included. */
  outcomes: z.int(),
  winRate: z.number().nullable(),
  /** What its sessions in the window dropped, by reason. */
  dropped: z.record(z.string(), z.int()),
})

export const instancesBodySchema = z.object({ instances: z.array(instanceSchema) })

export type Published = z.infer<typeof publishedSchema>
export type ErrorBody = z.infer<typeof errorBodySchema>
export type TaskMetrics = z.infer<typeof taskMetricsSchema>
export type MetricsBody = z.infer<typeof metricsBodySchema>
export type Instance = z.infer<typeof instanceSchema>
export type InstancesBody = z.infer<typeof instancesBodySchema>
