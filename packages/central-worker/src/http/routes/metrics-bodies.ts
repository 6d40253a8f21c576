import { limits, taskMetricsSchema, taskTypeSchema } from '@winrate/shared-schema/contracts'
import { z } from 'zod'

const modelSchema = z.string().min(1).max(limits.modelNameChars)

/** Filters of GET /v1/metrics. */
export const metricsQuerySchema = z.object({
  taskType: taskTypeSchema.optional(),
  /** A model name as in the metrics. */
  model: modelSchema.optional().describe('Shows the cells of this model only'),
  /** A model name as in the metrics. */
  baseline: modelSchema
    .optional()
    .describe('Compares costs with this model; without it, with the one that is configured'),
})

/** What GET /v1/metrics/history is asked. */
export const metricsHistoryQuerySchema = z.object({
  taskType: taskTypeSchema,
  model: modelSchema,
  /** How far back. */
  hours: z.coerce.number().int().min(1).max(2_160).default(24),
})

/** One point of a trend: a cell as it was from then on. */
export const metricsPointSchema = taskMetricsSchema
  .omit({
    taskType: true,
    modelName: true,
    fadedEvidence: true,
    fadedReward: true,
    updatedAt: true,
  })
  .extend({
    /** null in points from before it was kept. */
    evidence: z.number().nullable(),
    /** null in points from before it was kept. */
    quarantinedSamples: z.int().nullable(),
    recordedAt: z.iso.datetime({ offset: true }),
  })

/** Answer to GET /v1/metrics/history, oldest point first. */
export const metricsHistoryBodySchema = z.object({
  taskType: z.string(),
  modelName: z.string(),
  hours: z.int(),
  points: z.array(metricsPointSchema),
})

export type MetricsFilter = z.infer<typeof metricsQuerySchema>
export type MetricsHistoryQuery = z.infer<typeof metricsHistoryQuerySchema>
export type MetricsPoint = z.infer<typeof metricsPointSchema>
