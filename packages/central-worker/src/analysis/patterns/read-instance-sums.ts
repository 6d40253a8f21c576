import type { Queryable } from '../../postgres/queryable.ts'
import type { ModelNaming } from '../../window/create-naming.ts'
import type { InstanceSums } from './instance-patterns.ts'

/** Sums the window's rollups by instance, cell and day, the cells under the names of the metrics. */
export async function readInstanceSums(
  queryable: Queryable,
  { windowDays, nameOf }: { windowDays: number; nameOf: ModelNaming },
): Promise<InstanceSums[]> {
  const { rows } = await queryable.query<InstanceSums>({
    name: 'read-instance-sums',
    text: `
      select
        instance_id as "instanceId",
        task_type as "taskType",
        provider,
        model_name as "modelName",
        thinking_level as "thinkingLevel",
        (hour at time zone 'UTC')::date - date '2000-01-01' as span,
        sum(samples)::float8 as samples,
        sum(successes)::float8 as successes
      from winrate.outcome_rollups
      where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $1)
      group by instance_id, task_type, provider, model_name, thinking_level, span
      having sum(samples) <> 0
      order by instance_id, task_type, provider, model_name, thinking_level, span`,
    values: [Math.round(windowDays * 24)],
  })
  return rows.map((row) => ({ ...row, ...nameOf(row) }))
}
