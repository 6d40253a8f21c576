// What happened over time, in buckets of equal length; a list has a value per bucket, the oldest first.
import { z } from 'zod'
import { modelFields, moment } from './values.ts'

const bucketFields = {
  bucketSeconds: z.int().positive(),
  /** When the first bucket begins. */
  from: moment,
  /** How many there are: at most 200. The last one is not over yet. */
  buckets: z.int().positive(),
}

const counts = z.array(z.int().min(0))
/** null in buckets where nothing is known. */
const values = z.array(z.number().nullable())

const sumFields = {
  /** Outcomes with a verdict. */
  samples: counts,
  successes: counts,
  /** Mean cost of a call in US dollars. */
  costUsd: values,
  /** Mean time of a call. */
  responseTimeMs: values,
}

/** Answer to GET /v1/metrics/series: the models of a task type, or one model over all of them, those with the most outcomes first. */
export const metricsSeriesBodySchema = z.object({
  /** null where all of them are summed. */
  taskType: z.string().nullable(),
  ...bucketFields,
  series: z.array(z.object({ ...modelFields, ...sumFields })),
  /** All further models together; null where the series has all. */
  others: z.object({ models: z.int().positive(), ...sumFields }).nullable(),
})

/** Answer to GET /v1/pipeline/series: all replicas together. */
export const pipelineSeriesBodySchema = z.object({
  ...bucketFields,
  /** Outcomes stored. */
  ingested: counts,
  /** Outcomes that were there already. */
  duplicates: counts,
  /** Outcomes and messages that became dead letters. */
  rejected: counts,
  /** Age of the oldest message in the queue, the greatest that a replica saw. */
  lagSeconds: values,
  /** Messages in the queue, the most that a replica saw. */
  depth: values,
  /** How long a tick took, the longest. */
  tickMs: values,
})

export type MetricsSeriesBody = z.infer<typeof metricsSeriesBodySchema>
export type PipelineSeriesBody = z.infer<typeof pipelineSeriesBodySchema>
