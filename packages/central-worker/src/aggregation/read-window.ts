import { QUEUE_WATERMARK } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { FADED_SPAN, fadeHalfLifeHours, SPAN_BORDERS, tailEndHours } from './window-spans.ts'

/** Sums of the outcomes of one cell, instance and span of ages. */
export interface WindowRow {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  /** Empty where the model was called without one. */
  readonly thinkingLevel: string
  readonly instanceId: string
  /** As `spanOf` counts them; the sums of the faded one are weighted by age. */
  readonly span: number
  readonly samples: number
  readonly successes: number
  readonly transportFailures: number
  readonly qualitySum: number
  readonly qualityCount: number
  readonly responseTimeSumMs: number
  readonly responseTimeCount: number
  readonly costSumUsd: number
  readonly costCount: number
}

export interface WindowReading {
  readonly windowDays: number
  /** Outcomes older than this are on their way out: the faded tail ends here at the latest. */
  readonly retentionDays: number
}

export interface Window {
  readonly rows: readonly WindowRow[]
  /** Nothing of this queue message or a later one is in the rows: see QUEUE_WATERMARK. */
  readonly queueWatermark: number
}

type Row = { readonly queueWatermark: number } & (WindowRow | { readonly taskType: null })

/** Sums the rollups of the window and of the faded tail behind it. */
export async function readWindow(
  queryable: Queryable,
  { windowDays, retentionDays }: WindowReading,
): Promise<Window> {
  const windowHours = Math.round(windowDays * 24)
  const endHours = Math.max(windowHours, Math.min(tailEndHours(windowHours), retentionDays * 24))
  await queryable.query(allowMemory)
  const { rows } = await queryable.query<Row>({
    name: 'read-window',
    text,
    values: [
      windowHours,
      Math.round(endHours),
      fadeHalfLifeHours(windowHours),
      FADED_SPAN,
      SPAN_BORDERS,
    ],
  })
  return {
    // Without any rollup there is still a row, for the watermark.
    rows: rows.filter((row) => row.taskType !== null),
    queueWatermark: rows[0]?.queueWatermark ?? 0,
  }
}

// Enough to sum in memory: sorting a million rollups on disk takes several times as long. Until the end
// of the transaction.
const allowMemory = `
  select set_config('work_mem', '64MB', true)
  where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')`

// Ages are looked up by the hour instead of computed for each rollup. They begin below 0 because an hour
// may begin while the tick waits for its turn.
const text = `
  with queue as materialized (select (${QUEUE_WATERMARK}) as "queueWatermark"),
  hours as materialized (
    select
      date_trunc('hour', now(), 'UTC') - make_interval(hours => age) as hour,
      case when age >= $1 then $4 else width_bucket(age, $5::int[]) end as span,
      case when age >= $1 then power(0.5::float8, (age - $1) / $3::float8) else 1 end as weight
    from generate_series(-24, $2::int - 1) as age
  ),
  sums as (
    select
      task_type as "taskType",
      model_name as "modelName",
      provider,
      thinking_level as "thinkingLevel",
      instance_id as "instanceId",
      span,
      sum(weight * samples) as samples,
      sum(weight * successes) as successes,
      sum(weight * transport_failures) as "transportFailures",
      sum(weight * quality_sum) as "qualitySum",
      sum(weight * quality_count) as "qualityCount",
      sum(weight * response_time_sum_ms) as "responseTimeSumMs",
      sum(weight * response_time_count) as "responseTimeCount",
      sum(weight * cost_sum_usd) as "costSumUsd",
      sum(weight * cost_count) as "costCount"
    from hours
    join winrate.outcome_rollups using (hour)
    -- Says to the planner which partitions it needs.
    where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $2)
    group by task_type, model_name, provider, thinking_level, instance_id, span
    having sum(samples) <> 0 or sum(transport_failures) <> 0
  )
  select queue."queueWatermark", sums.*
  from queue
  left join sums on true`
