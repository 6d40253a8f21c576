// What became of calls over time, in buckets. Hours come from the rollups; for a few hours shorter buckets come from the
// outcomes, where the rollups say that these are few enough to read.
import {
  type CatalogueEntry,
  limits,
  modelLevelKey,
  taskTypeSchema,
} from '@winrate/shared-schema/contracts'
import type { MetricsSeriesBody } from '@winrate/shared-schema/http'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import type { Queryable } from '../postgres/queryable.ts'
import { createNaming } from '../window/create-naming.ts'
import { findSpan, MOST_BUCKETS, type Span } from './bucket-span.ts'
import { metricsName } from './read-task-metrics.ts'

export const seriesQuerySchema = z
  .object({
    taskType: toZod(taskTypeSchema).optional().describe('Default: all, of one model'),
    hours: z.coerce.number().int().min(1).max(2_160).default(24).describe('How far back'),
    model: z
      .string()
      .min(1)
      .max(limits.modelNameChars)
      .optional()
      .describe('Shows this model only, by any of its names'),
  })
  .refine(
    ({ taskType, model }) => taskType !== undefined || model !== undefined,
    'needs a taskType, a model or both',
  )

export type SeriesQuery = z.infer<typeof seriesQuerySchema>

/** Cells that a query tells apart; clients may invent any number. */
const MOST_CELLS = 100
const MOST_SERIES = 30

const HOUR_SECONDS = 3_600
/** Longer ranges are in hours. */
const MOST_FINE_HOURS = 12
const FINE_SECONDS = [60, 120, 300, 600] as const
/** Where there are more, whole hours are quicker to read. */
const MOST_FINE_OUTCOMES = 100_000

interface Row {
  readonly bucket: number
  /** Null where all further cells are summed. */
  readonly modelName: string | null
  readonly provider: string | null
  readonly thinkingLevel: string | null
  readonly cells: number
  readonly samples: number
  readonly successes: number
  readonly costSumUsd: number
  readonly costCount: number
  readonly timeSumMs: number
  readonly timeCount: number
}

/**
 * The cells of one task type, or of one model over all task types, those with the most outcomes first. Leaves out what the
 * last tick left out of each.
 */
export async function readMetricsSeries(
  queryable: Queryable,
  query: SeriesQuery,
  { catalogue }: { readonly catalogue?: readonly CatalogueEntry[] | undefined } = {},
): Promise<MetricsSeriesBody> {
  const fine = await findFineSpan(queryable, query.hours)
  const span = fine ?? (await hourSpan(queryable, query.hours))
  const nameOf = createNaming(catalogue)
  const wanted = query.model === undefined ? undefined : metricsName(query.model, nameOf)
  const names =
    wanted === undefined
      ? undefined
      : (await readNames(queryable, span)).filter((name) => nameOf(name).modelName === wanted)
  const rows = await readRows(queryable, fine === undefined ? 'rollups' : 'outcomes', {
    ...{ ...span, taskType: query.taskType, names },
  })
  const { buckets, bucketSeconds, from } = span
  const known = new Map<string, CellSums>()
  const others: Sums = []
  let otherModels = 0
  for (const row of rows) {
    if (row.modelName === null || row.provider === null) {
      addRow(others, row)
      otherModels = Math.max(otherModels, row.cells)
      continue
    }
    const name = nameOf({ modelName: row.modelName, provider: row.provider })
    const cell = { ...name, thinkingLevel: row.thinkingLevel || null }
    const key = modelLevelKey({ ...name, thinkingLevel: row.thinkingLevel ?? '' })
    const sums = known.get(key)?.sums ?? []
    addRow(sums, row)
    known.set(key, { cell, sums })
  }
  const all = [...known.values()].sort((one, other) => totalOf(other) - totalOf(one))
  for (const { sums } of all.splice(MOST_SERIES)) {
    for (const row of sums) if (row !== undefined) addRow(others, row)
    otherModels += 1
  }
  return {
    taskType: query.taskType ?? null,
    ...{ bucketSeconds, from: from.toISOString(), buckets },
    series: all.map(({ cell, sums }) => ({ ...cell, ...valuesOf(sums, buckets) })),
    others: otherModels === 0 ? null : { models: otherModels, ...valuesOf(others, buckets) },
  }
}

interface CellSums {
  readonly cell: { provider: string; modelName: string; thinkingLevel: string | null }
  readonly sums: Sums
}

/** By bucket. */
type Sums = (Row | undefined)[]

function addRow(sums: Sums, row: Row): void {
  const known = sums[row.bucket]
  sums[row.bucket] =
    known === undefined
      ? row
      : {
          ...known,
          samples: known.samples + row.samples,
          successes: known.successes + row.successes,
          costSumUsd: known.costSumUsd + row.costSumUsd,
          costCount: known.costCount + row.costCount,
          timeSumMs: known.timeSumMs + row.timeSumMs,
          timeCount: known.timeCount + row.timeCount,
        }
}

function totalOf({ sums }: CellSums): number {
  return sums.reduce((total, row) => total + (row?.samples ?? 0), 0)
}

function valuesOf(sums: Sums, buckets: number) {
  const rows = Array.from({ length: buckets }, (_, bucket) => sums[bucket])
  return {
    samples: rows.map((row) => row?.samples ?? 0),
    successes: rows.map((row) => row?.successes ?? 0),
    costUsd: rows.map((row) => mean(row?.costSumUsd, row?.costCount, 9)),
    responseTimeMs: rows.map((row) => mean(row?.timeSumMs, row?.timeCount, 1)),
  }
}

function mean(sum: number | undefined, count: number | undefined, digits: number): number | null {
  return sum === undefined || !count ? null : Number((sum / count).toFixed(digits))
}

async function hourSpan(queryable: Queryable, hours: number): Promise<Span> {
  const bucketSeconds = HOUR_SECONDS * Math.ceil(hours / (MOST_BUCKETS - 1))
  return findSpan(queryable, hours, bucketSeconds)
}

/** Undefined where outcomes are too many, or buckets of an hour short enough. */
async function findFineSpan(queryable: Queryable, hours: number): Promise<Span | undefined> {
  if (hours > MOST_FINE_HOURS) return undefined
  const { rows } = await queryable.query<{ outcomes: number }>({
    name: 'count-recent-outcomes',
    text: `
      select coalesce(sum(samples + unjudged + transport_failures), 0)::float8 as outcomes
      from winrate.outcome_rollups
      where hour > now() - make_interval(hours => $1 + 1)`,
    values: [hours],
  })
  if ((rows[0]?.outcomes ?? 0) > MOST_FINE_OUTCOMES) return undefined
  const bucketSeconds = FINE_SECONDS.find(
    (seconds) => (hours * HOUR_SECONDS) / seconds < MOST_BUCKETS,
  )
  return bucketSeconds === undefined ? undefined : findSpan(queryable, hours, bucketSeconds)
}

/** The names under which outcomes of the span arrived. */
async function readNames(queryable: Queryable, { from, bucketSeconds, buckets }: Span) {
  const { rows } = await queryable.query<{ modelName: string; provider: string }>({
    name: 'read-series-names',
    text: `
      select distinct model_name as "modelName", provider
      from winrate.outcome_rollups
      where hour > $1::timestamptz - interval '1 hour' and hour < $1 + make_interval(secs => $2::float8 * $3)`,
    values: [from, bucketSeconds, buckets],
  })
  return rows
}

const sources = {
  rollups: `
    select date_bin(make_interval(secs => $2), hour, $1) as at, rollup.*
    from winrate.outcome_rollups as rollup
    where hour >= $1 and hour < $1 + make_interval(secs => $2 * $3)`,
  /** By the time in their ids, which is that of recording: after the decision. */
  outcomes: `
    select date_bin(make_interval(secs => $2), decided.at, $1) as at, added.*
    from winrate.task_preferences as outcome,
    lateral (select winrate.decision_time(outcome.decided_at, outcome.occurred_at) as at) as decided,
    lateral winrate.contribution(outcome) as added
    where outcome.outcome_id >= winrate.uuid_floor($1)
      and outcome.counted
      and decided.at >= $1 and decided.at < $1 + make_interval(secs => $2 * $3)`,
}

interface Wanted extends Span {
  readonly taskType: string | undefined
  readonly names: readonly { readonly modelName: string; readonly provider: string }[] | undefined
}

async function readRows(
  queryable: Queryable,
  source: keyof typeof sources,
  { taskType, names, from, bucketSeconds, buckets }: Wanted,
): Promise<readonly Row[]> {
  const values: unknown[] = [from, bucketSeconds, buckets, MOST_CELLS]
  let conditions = ''
  if (taskType !== undefined) conditions += ` and source.task_type = $${values.push(taskType)}`
  if (names !== undefined) {
    conditions += ` and (source.model_name, source.provider) in (
      select "modelName", provider
      from jsonb_to_recordset($${values.push(JSON.stringify(names))}::jsonb) as name ("modelName" text, provider text)
    )`
  }
  const { rows } = await queryable.query<Row>({
    name: `read-${source}-series${taskType === undefined ? '' : '-of-task'}${names === undefined ? '' : '-of-model'}`,
    text: `
      with cells as materialized (
        select at, model_name, provider, thinking_level,
          sum(samples) as samples, sum(successes) as successes,
          sum(cost_sum_usd) as cost_sum_usd, sum(cost_count) as cost_count,
          sum(response_time_sum_ms) as response_time_sum_ms, sum(response_time_count) as response_time_count
        from (${sources[source]}) as source
        where not exists (
          select from winrate.instance_quarantines as quarantine
          where (
            quarantine.instance_id, quarantine.task_type, quarantine.model_name, quarantine.provider,
            quarantine.thinking_level
          ) = (
            source.instance_id, source.task_type, source.model_name, source.provider,
            source.thinking_level
          )
        )${conditions}
        group by at, model_name, provider, thinking_level
      ),
      ranked as (
        select model_name, provider, thinking_level,
          row_number() over (
            order by sum(samples) desc, model_name, provider, thinking_level
          ) <= $4 as is_told,
          count(*) over () - $4 as untold
        from cells
        group by model_name, provider, thinking_level
      )
      select
        (extract(epoch from at - $1) / $2)::float8 as bucket,
        case when is_told then model_name end as "modelName",
        case when is_told then provider end as "provider",
        case when is_told then thinking_level end as "thinkingLevel",
        max(untold)::float8 as cells,
        sum(samples)::float8 as samples,
        sum(successes)::float8 as successes,
        sum(cost_sum_usd) as "costSumUsd",
        sum(cost_count)::float8 as "costCount",
        sum(response_time_sum_ms) as "timeSumMs",
        sum(response_time_count)::float8 as "timeCount"
      from cells join ranked using (model_name, provider, thinking_level)
      group by 1, 2, 3, 4`,
    values,
  })
  return rows
}
