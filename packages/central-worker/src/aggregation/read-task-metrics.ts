import type { TaskMetrics } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'

type Columns = Omit<TaskMetrics, 'updatedAt'>

const columns = `
  task_type as "taskType",
  provider,
  model_name as "modelName",
  nullif(thinking_level, '') as "thinkingLevel",
  samples::float8 as samples,
  successes::float8 as successes,
  win_rate as "winRate",
  confidence,
  avg_quality as "avgQuality",
  avg_response_time_ms as "avgResponseTimeMs",
  avg_cost_usd as "avgCostUsd",
  transport_failures::float8 as "transportFailures",
  instances`

export interface MetricsFilter {
  readonly taskType?: string | undefined
  readonly model?: string | undefined
}

/** Current metrics of the cells that pass the filter, best win rate first within a task type. */
export async function readTaskMetrics(
  queryable: Queryable,
  { taskType, model }: MetricsFilter,
): Promise<TaskMetrics[]> {
  const { rows } = await queryable.query<Columns & { updatedAt: Date }>({
    name: 'read-task-metrics',
    text: `
      select ${columns}, updated_at as "updatedAt"
      from winrate.task_metrics
      where ($1::text is null or task_type = $1) and ($2::text is null or model_name = $2)
      order by task_type, win_rate desc, samples desc, model_name, provider, thinking_level`,
    values: [taskType ?? null, model ?? null],
  })
  return rows.map((row) => ({ ...row, updatedAt: row.updatedAt.toISOString() }))
}

export type MetricsHistoryPoint = Omit<Columns, 'taskType' | 'modelName'> & {
  readonly recordedAt: string
}

/** How the cells of one task type and model changed in the last `hours`, oldest first. */
export async function readMetricsHistory(
  queryable: Queryable,
  { taskType, model, hours }: { taskType: string; model: string; hours: number },
): Promise<MetricsHistoryPoint[]> {
  const { rows } = await queryable.query<Columns & { recordedAt: Date }>({
    name: 'read-metrics-history',
    text: `
      select ${columns}, recorded_at as "recordedAt"
      from winrate.task_metrics_history
      where task_type = $1 and model_name = $2 and recorded_at > now() - make_interval(hours => $3)
      order by recorded_at, provider, thinking_level`,
    values: [taskType, model, hours],
  })
  return rows.map(({ taskType: _taskType, modelName: _modelName, ...row }) => ({
    ...row,
    recordedAt: row.recordedAt.toISOString(),
  }))
}
