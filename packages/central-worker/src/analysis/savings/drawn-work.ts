// What was drawn, as sums to compare models by: chance chose the model there, so the work was no harder than any other
// model's on that day of that instance.
import type { ModelName } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../../postgres/queryable.ts'

/** Drawn outcomes of one model on one day of an instance. */
export interface DrawnWork {
  readonly taskType: string
  readonly modelName: string
  /** The day and the instance. */
  readonly circumstances: string
  readonly samples: number
  readonly successes: number
}

/** Sums that are read: those with the most samples. */
const MOST_SUMS = 200_000

/** First attempts, without instances that the last tick left out. */
export async function readDrawnWork(
  queryable: Queryable,
  windowDays: number,
  nameOf: (given: ModelName) => ModelName,
): Promise<readonly DrawnWork[]> {
  const { rows } = await queryable.query<DrawnWork & ModelName>({
    name: 'read-drawn-work',
    text: `
      select
        task_type as "taskType",
        provider,
        model_name as "modelName",
        (hour at time zone 'UTC')::date || ' ' || instance_id as circumstances,
        sum(drawn_samples)::float8 as samples,
        sum(drawn_successes)::float8 as successes
      from winrate.outcome_rollups
      where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $1)
        and drawn_samples <> 0
        and task_type not like '%/@after-%'
        and instance_id not in (select instance_id from winrate.instance_quarantines)
      group by task_type, provider, model_name, circumstances
      having sum(drawn_samples) > 0
      order by sum(drawn_samples) desc, task_type, provider, model_name, circumstances
      limit $2`,
    values: [Math.round(windowDays * 24), MOST_SUMS],
  })
  return rows.map((row) => ({ ...row, ...nameOf(row) }))
}
