import type { Queryable } from '../postgres/queryable.ts'
import { type DrawnBlock, findMissingOutcomes, type MissingOutcomes } from './missing-outcomes.ts'

const PERIOD_HOURS = 6

/**
 * The models of which outcomes are missing, as the rollups of the window tell. Decisions that are younger than 95 of 100
 * outcomes of their task type are when they arrive are not missing yet.
 */
export async function readMissingOutcomes(
  queryable: Queryable,
  windowDays: number,
): Promise<readonly MissingOutcomes[]> {
  const { rows } = await queryable.query<DrawnBlock>(
    `with delays as (
       select task_type, max(hours) as hours from winrate.reporting_delays group by task_type
     )
     select task_type as "taskType", concat_ws(' ', provider, model_name, nullif(thinking_level, '')) as model,
       instance_id as "instanceId", floor(extract(epoch from hour) / 3600 / $2)::int as period,
       sum(draw_weight_sum)::float8 as weight, sum(draw_weight_square_sum)::float8 as "weightSquare"
     from winrate.outcome_rollups
     left join delays using (task_type)
     where hour > now() - make_interval(days => $1) and draw_weight_sum > 0
       and hour < now() - interval '1 hour' * (2 + coalesce(delays.hours, 0))
     group by 1, 2, 3, 4`,
    [Math.ceil(windowDays), PERIOD_HOURS],
  )
  return findMissingOutcomes(rows)
}
