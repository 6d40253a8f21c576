import type { Queryable } from '../postgres/queryable.ts'

/** Sums of one cell over the window, all instances together. */
export interface WindowCell {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  /** Empty where the model was called without one. */
  readonly thinkingLevel: string
  readonly samples: number
  readonly successes: number
  readonly transportFailures: number
  readonly qualitySum: number
  readonly qualityCount: number
  readonly responseTimeSumMs: number
  readonly responseTimeCount: number
  readonly costSumUsd: number
  readonly costCount: number
  readonly instanceIds: readonly string[]
}

/** Sums the rollups of the hours since `windowDays` ago, a row per cell in order of its name. */
export async function readWindow(
  queryable: Queryable,
  windowDays: number,
): Promise<readonly WindowCell[]> {
  const { rows } = await queryable.query<WindowCell>({
    name: 'read-window',
    text: `
      select
        task_type as "taskType",
        model_name as "modelName",
        provider,
        thinking_level as "thinkingLevel",
        sum(samples)::float8 as samples,
        sum(successes)::float8 as successes,
        sum(transport_failures)::float8 as "transportFailures",
        sum(quality_sum) as "qualitySum",
        sum(quality_count)::float8 as "qualityCount",
        sum(response_time_sum_ms) as "responseTimeSumMs",
        sum(response_time_count)::float8 as "responseTimeCount",
        sum(cost_sum_usd) as "costSumUsd",
        sum(cost_count)::float8 as "costCount",
        array_agg(distinct instance_id) as "instanceIds"
      from winrate.outcome_rollups
      where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $1)
      group by task_type, model_name, provider, thinking_level
      having sum(samples) > 0 or sum(transport_failures) > 0
      order by task_type collate "C", model_name collate "C", provider collate "C", thinking_level collate "C"`,
    values: [Math.round(windowDays * 24)],
  })
  return rows
}
