// The sums of an experiment, as they are compared and as days are told.
import type { ArmName } from '@winrate/shared-schema/contracts'
import { shortExperiment } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import type { BucketSums } from './compare-arms.ts'
import type { Experiment } from './holdout.ts'

/** Task types that are told apart; the others are one stratum, so that nothing is lost. Clients may invent any number. */
export const MOST_TASK_TYPES = 50
/** The name of that stratum, which no task type has. */
export const OTHER_TASK_TYPES = ''

/** The sums of instances of which the last tick left nothing out: they come back when it does so again. */
const TRUSTED = `(
  select * from winrate.experiment_rollups
  where experiment = $1 and instance_id not in (select instance_id from winrate.instance_quarantines)
)`

/**
 * Told apart are the task types that most instances use. An instance counts as its decisions there, and in all task types
 * together as a hundred, so one that invents names divides its own voice among them.
 */
export async function readBucketSums(
  queryable: Queryable,
  experiment: Pick<Experiment, 'id'>,
): Promise<readonly BucketSums[]> {
  const { rows } = await queryable.query<BucketSums>({
    name: 'read-bucket-sums',
    text: `
      with used as (
        select task_type, instance_id, sum(decisions) as decisions, sum(sum(decisions)) over (partition by instance_id) as all
        from ${TRUSTED} as trusted
        group by task_type, instance_id
      ),
      told_apart as (
        select task_type
        from used
        where decisions > 0
        group by task_type
        order by sum(decisions * least(100 / used.all, 1)) desc, task_type
        limit $2
      )
      select
        coalesce(told_apart.task_type, $3) as "taskType", arm, bucket, sum(decisions)::float8 as decisions,
        sum(judged)::float8 as judged, sum(successes)::float8 as successes, sum(cost_count)::float8 as "costCount",
        sum(cost_sum_usd) as "costSumUsd", sum(time_count)::float8 as "timeCount", sum(time_sum_ms) as "timeSumMs"
      from ${TRUSTED} as trusted
      left join told_apart using (task_type)
      group by told_apart.task_type, arm, bucket`,
    values: [shortExperiment(experiment), MOST_TASK_TYPES, OTHER_TASK_TYPES],
  })
  return rows
}

/** How many task types have decisions. */
export async function countTaskTypes(
  queryable: Queryable,
  experiment: Pick<Experiment, 'id'>,
): Promise<number> {
  const { rows } = await queryable.query<{ count: number }>(
    `select count(distinct task_type)::int as count from ${TRUSTED} as trusted`,
    [shortExperiment(experiment)],
  )
  return rows[0]?.count ?? 0
}

export interface DaySums {
  readonly day: string
  readonly taskType: string
  readonly arm: ArmName
  readonly judged: number
  readonly successes: number
  readonly costCount: number
  readonly costSumUsd: number
}

/** Rows that are read of days: the newest. */
const MOST_DAY_ROWS = 5_000

export async function readDaySums(
  queryable: Queryable,
  experiment: Pick<Experiment, 'id'>,
  days: number,
): Promise<readonly DaySums[]> {
  const { rows } = await queryable.query<DaySums>({
    name: 'read-day-sums',
    text: `
      select
        day::text as day, task_type as "taskType", arm, sum(judged)::float8 as judged, sum(successes)::float8 as successes,
        sum(cost_count)::float8 as "costCount", sum(cost_sum_usd) as "costSumUsd"
      from ${TRUSTED} as trusted
      where day > (now() at time zone 'UTC')::date - $2::integer
      group by day, task_type, arm
      order by day desc, sum(decisions) desc, task_type, arm
      limit $3`,
    values: [shortExperiment(experiment), days, MOST_DAY_ROWS],
  })
  return rows
}
