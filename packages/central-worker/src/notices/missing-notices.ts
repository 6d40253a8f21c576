// Tells an instance that it reports fewer outcomes of a model than of others. The share is rounded, so that a notice changes
// only when it does.
import type { Queryable } from '../postgres/queryable.ts'
import type { FoundNotices } from './read-notices.ts'

interface Lacking {
  readonly instanceId: string
  readonly taskType: string
  readonly modelName: string
  readonly percent: number
  readonly cells: number
  readonly since: Date
  readonly found: number
}

export async function readMissingNotices(
  queryable: Queryable,
  most: number,
): Promise<FoundNotices> {
  const { rows } = await queryable.query<Lacking>({
    name: 'read-missing-notices',
    text: `
      select *, count(*) over ()::float8 as found
      from (
        select distinct on (instance_id)
          instance_id as "instanceId", task_type as "taskType", model_name as "modelName",
          round(10 * (1 - reported_share))::float8 * 10 as percent,
          count(*) over (partition by instance_id)::float8 as cells, since
        from winrate.missing_outcomes
        cross join lateral jsonb_array_elements_text(instances) as instance_id
        order by instance_id, since, task_type, model_name
      ) as lacking
      order by since, "instanceId"
      limit $1`,
    values: [most],
  })
  const notices = rows.map(({ instanceId, taskType, modelName, percent, cells, since }) => ({
    instanceId,
    kind: 'outcomes-missing',
    message: `outcomes of ${modelName} at ${taskType}${cells > 1 ? ` and ${cells - 1} more` : ''} are missing, about ${percent} % of what other models lead to expect, and count as failures: report every outcome, time-outs and crashes too`,
    since: since.toISOString(),
    taskType,
    modelName,
  }))
  return { notices, found: rows[0]?.found ?? 0 }
}
