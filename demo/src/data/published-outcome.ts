import { limits } from '@winrate/shared-schema/contracts'
import { z } from 'zod'

/** The columns of an outcome file, in order. */
export const outcomeColumns = [
  'source',
  'task',
  'query_id',
  'model',
  'provider',
  'success',
  'quality',
  'latency_ms',
  'cost_usd',
] as const

const name = (chars: number) => z.string().trim().min(1, 'is empty').max(chars)

// An empty field means that the source does not publish the value.
const published = (most: number) =>
  z.string().transform((text, context) => {
    if (text === '') return undefined
    const value = Number(text)
    if (text.trim() !== '' && value >= 0 && value <= most) return value
    context.addIssue(`must be empty or a number from 0 to ${most}, not '${text}'`)
    return z.NEVER
  })

export const outcomeRowSchema = z
  .object({
    source: name(200),
    task: name(200),
    query_id: name(1000),
    model: name(limits.modelNameChars),
    provider: z.string().trim().max(limits.providerChars),
    success: z.enum(['0', '1'], 'must be 0 or 1'),
    quality: published(1),
    latency_ms: published(limits.responseTimeMs),
    cost_usd: published(limits.costUsd),
  })
  .transform((row) => ({
    source: row.source,
    category: row.task,
    queryId: row.query_id,
    model: row.model,
    provider: row.provider === '' ? 'unknown' : row.provider,
    success: row.success === '1',
    quality: row.quality,
    responseTimeMs: row.latency_ms,
    costUsd: row.cost_usd,
  }))

/** One model's result at one query, as the source published it. */
export type PublishedOutcome = z.infer<typeof outcomeRowSchema>
