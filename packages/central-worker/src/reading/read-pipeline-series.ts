import type { PipelineSeriesBody } from '@winrate/shared-schema/http'
import { z } from 'zod'
import type { Queryable } from '../postgres/queryable.ts'
import { findSpan, MOST_BUCKETS } from './bucket-span.ts'

export const pipelineQuerySchema = z.object({
  hours: z.coerce.number().int().min(1).max(2_160).default(24).describe('How far back'),
})

export type PipelineQuery = z.infer<typeof pipelineQuerySchema>

interface Row {
  readonly bucket: number
  readonly ingested: number
  readonly duplicates: number
  readonly rejected: number
  readonly lagSeconds: number | null
  readonly depth: number | null
  readonly tickMs: number | null
}

/** What all replicas did, in buckets of whole minutes. */
export async function readPipelineSeries(
  queryable: Queryable,
  { hours }: PipelineQuery,
): Promise<PipelineSeriesBody> {
  const minutes = Math.ceil((hours * 60) / (MOST_BUCKETS - 1))
  const { from, bucketSeconds, buckets } = await findSpan(queryable, hours, 60 * minutes)
  const { rows } = await queryable.query<Row>({
    name: 'read-pipeline-series',
    text: `
      select
        floor(extract(epoch from minute - $1) / $2)::float8 as bucket,
        sum(ingested)::float8 as ingested,
        sum(duplicates)::float8 as duplicates,
        sum(rejected)::float8 as rejected,
        max(lag_seconds) as "lagSeconds",
        max(depth)::float8 as depth,
        max(tick_ms) as "tickMs"
      from winrate.pipeline_minutes
      where minute >= $1 and minute < $1 + make_interval(secs => $2 * $3)
      group by 1`,
    values: [from, bucketSeconds, buckets],
  })
  const byBucket = new Map(rows.map((row) => [row.bucket, row]))
  const all = Array.from({ length: buckets }, (_, bucket) => byBucket.get(bucket))
  return {
    ...{ bucketSeconds, from: from.toISOString(), buckets },
    ingested: all.map((row) => row?.ingested ?? 0),
    duplicates: all.map((row) => row?.duplicates ?? 0),
    rejected: all.map((row) => row?.rejected ?? 0),
    // An empty queue has no oldest message.
    lagSeconds: all
      .map((row) => row && (row.lagSeconds ?? (row.depth === 0 ? 0 : null)))
      .map(known),
    depth: all.map((row) => known(row?.depth)),
    tickMs: all.map((row) => known(row?.tickMs)),
  }
}

function known(value: number | null | undefined): number | null {
  return value ?? null
}
