// Bodies of the worker's HTTP API beside snapshots and sealed batches.
import { z } from 'zod'
import { savingsSchema } from './insight-bodies.ts'

/** Answer to POST /v1/outcomes: the outcomes are in the queue, not yet counted. */
export const publishedSchema = z.object({
  batchId: z.uuid(),
  outcomes: z.int().min(0),
  /** Id of the queue message: a snapshot whose `queueWatermark` is not greater does not count it. */
  messageId: z.int().min(0).optional(),
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
  /** successes / samples; 0 without samples, where only faded outcomes are left. */
  winRate: z.number(),
  confidence: z.number(),
  avgQuality: z.number().nullable(),
  avgResponseTimeMs: z.number().nullable(),
  avgCostUsd: z.number().nullable(),
  /** winRate / avgCostUsd; null where no cost is known or it is 0, and without samples. */
  successesPerUsd: z.number().nullable(),
  /** Rate limits, timeouts and the like: not among the samples. */
  transportFailures: z.int(),
  /** Instances that contributed. */
  instances: z.int(),
  /** Outcomes that the posterior rests on: the samples after one instance's share was capped. */
  evidence: z.number(),
  /** Mean reward of the evidence, 0 to 1; null without evidence. */
  reward: z.number().nullable(),
  /** Outcomes that have left the window, fading with age: they shape the prior only. */
  fadedEvidence: z.number(),
  fadedReward: z.number().nullable(),
  /** The break from which the cell counts; null where none was found. */
  changedAt: z.iso.datetime({ offset: true }).nullable(),
  /** Outcomes in the window that a quarantine leaves out of the samples. */
  quarantinedSamples: z.int(),
  updatedAt: z.iso.datetime({ offset: true }),
})

export const metricsBodySchema = z.object({
  epoch: z.uuid(),
  version: z.int().min(0),
  windowDays: z.number(),
  metrics: z.array(taskMetricsSchema),
  /** Costs against the baseline; only where one is asked for or configured. */
  savings: savingsSchema.optional(),
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
  /** What is left out of it, in some cells or all; null where nothing is. */
  quarantined: z
    .object({
      /** The operator's, or `differs` where its numbers are off. */
      reason: z.string(),
      since: z.iso.datetime({ offset: true }),
      /** Its outcomes that the last tick left out. */
      samples: z.int(),
    })
    .nullable(),
})

export const instancesBodySchema = z.object({ instances: z.array(instanceSchema) })

export type Published = z.infer<typeof publishedSchema>
export type ErrorBody = z.infer<typeof errorBodySchema>
export type TaskMetrics = z.infer<typeof taskMetricsSchema>
export type MetricsBody = z.infer<typeof metricsBodySchema>
export type Instance = z.infer<typeof instanceSchema>
export type InstancesBody = z.infer<typeof instancesBodySchema>
