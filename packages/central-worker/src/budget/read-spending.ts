// What the fleet has spent today, from the rollups. Observed calls are their application's choice and left out; so is what an
// operator has quarantined. A call of unknown cost counts as those of its model do, and one of which a client tells that it was
// decided and never reported as an average one.
//   Guarantees: of three or more instances none counts for more than ten times what the others pay at the same cell, and no call
// of any other for more than ten US dollars.
import type { Queryable } from '../postgres/queryable.ts'
import type { Spending } from './pace-fleet.ts'

const HOUR_MS = 3_600_000

export interface Today extends Omit<Spending, 'callsLeft'> {
  /** Midnight before, in UTC. */
  readonly midnight: Date
}

export async function readSpending(queryable: Queryable): Promise<Today> {
  const { rows } = await queryable.query<{
    now: Date
    calls: number
    pricedCalls: number
    usd: number
  }>({
    name: 'read-spending',
    text: `
      with today as (
        select date_trunc('day', now(), 'UTC') as midnight
      ),
      summed_calls as (
        select
          task_type, model_name, provider, thinking_level, instance_id, samples + unjudged as calls,
          cost_count as priced, cost_sum_usd as usd
        from winrate.outcome_rollups
        where hour >= (select midnight from today)
        union all
        select
          task_type, model_name, provider, coalesce(thinking_level, ''), instance_id, -1,
          case when cost_usd is null then 0 else -1 end, -coalesce(cost_usd, 0)
        from winrate.task_preferences
        where would_choose is not null and counted and winrate.is_sample(failure, failure_kind)
          and outcome_id >= winrate.uuid_floor((select midnight from today))
          and winrate.decision_time(decided_at, occurred_at) >= (select midnight from today)
      ),
      instance_calls as (
        select
          task_type, model_name, provider, thinking_level, instance_id, sum(calls) as calls, sum(priced) as priced,
          sum(usd) as usd
        from summed_calls
        where instance_id not in (
          select instance_id from winrate.instance_verdicts where verdict = 'quarantined'
        )
        group by task_type, model_name, provider, thinking_level, instance_id
        having sum(calls) > 0
      ),
      usual_costs as (
        select
          task_type, model_name, provider, thinking_level, count(*) as instances,
          percentile_cont(0.5) within group (order by usd / priced) as usd
        from instance_calls
        where priced > 0 and usd > 0
        group by task_type, model_name, provider, thinking_level
      ),
      model_calls as (
        select
          sum(calls) as calls,
          sum(case when task_type like '%/@after-%' then 0 else calls end) as decisions,
          sum(priced) as priced,
          sum(least(spent.usd, priced * case when usual.instances >= 3 then 10 * usual.usd else 10 end)) as usd
        from instance_calls as spent
        left join usual_costs as usual using (task_type, model_name, provider, thinking_level)
        group by model_name, provider
      ),
      mean_cost as (
        select coalesce(sum(usd) / nullif(sum(priced), 0), 0) as usd from model_calls
      ),
      unreported_calls as (
        select sum(least(told.unanswered, known.calls)) as calls
        from (
          select instance_id, sum(decided - answered) as unanswered
          from winrate.decided_hours
          where hour >= (select midnight from today)
          group by instance_id
        ) as told
        join (select instance_id, sum(calls) as calls from instance_calls group by instance_id) as known
          using (instance_id)
        where told.unanswered > 0
      )
      select
        now() as now,
        (coalesce(sum(decisions), 0) + coalesce((select calls from unreported_calls), 0))::float8 as calls,
        coalesce(sum(priced), 0)::float8 as "pricedCalls",
        (
          coalesce(sum(usd + (calls - priced) * coalesce(usd / nullif(priced, 0), (select usd from mean_cost))), 0)
          + coalesce((select calls from unreported_calls), 0) * (select usd from mean_cost)
        )::float8 as usd
      from model_calls`,
  })
  const [row] = rows
  if (row === undefined) throw new Error('the database told no spending')
  const { now, calls, pricedCalls, usd } = row
  const day = now.toISOString().slice(0, 10)
  const midnight = new Date(`${day}T00:00:00.000Z`)
  const hours = (now.getTime() - midnight.getTime()) / HOUR_MS
  return { day, hours, midnight, calls, pricedCalls, usd: Math.max(0, usd) }
}

/** Decisions in each hour of the day in UTC, as usual in the last week; all 0 before the first whole day. */
export async function readUsualHours(
  queryable: Queryable,
  midnight: Date,
): Promise<readonly number[]> {
  const { rows } = await queryable.query<{ hour: Date; calls: number }>({
    name: 'read-usual-hours',
    text: `
      select hour, sum(samples + unjudged)::float8 as calls
      from winrate.outcome_rollups
      where hour >= $1::timestamptz - interval '7 days' and hour < $1 and task_type not like '%/@after-%'
      group by hour`,
    values: [midnight],
  })
  const first = Math.min(...rows.map(({ hour }) => hour.getTime()))
  const days = Math.max(1, Math.round((midnight.getTime() - first) / (24 * HOUR_MS)))
  const usual = new Array<number>(24).fill(0)
  for (const { hour, calls } of rows) {
    const at = hour.getUTCHours()
    usual[at] = (usual[at] ?? 0) + calls / days
  }
  return usual
}

/** Hours of usual calls that what was seen today is doubted by. */
const DOUBT_HOURS = 2

/** Decisions until midnight: as many as usual, in proportion to how today went; undefined where nothing is usual. */
export function expectCallsLeft(
  usual: readonly number[],
  { hours, calls }: Pick<Spending, 'hours' | 'calls'>,
): number | undefined {
  const whole = usual.reduce((sum, one) => sum + one, 0)
  if (whole === 0) return undefined
  const passed = usual.reduce(
    (sum, one, hour) => sum + one * Math.min(1, Math.max(0, hours - hour)),
    0,
  )
  const doubt = (DOUBT_HOURS * whole) / usual.length
  return ((calls + doubt) / (passed + doubt)) * (whole - passed)
}
