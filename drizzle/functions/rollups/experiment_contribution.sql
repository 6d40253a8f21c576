-- What one outcome adds to the sums of its experiment; with sign -1, what it takes back. No row outside of an experiment that
-- this database knows: whoever may send outcomes may invent names. A decision counts by its first attempt, which alone has
-- a propensity and nothing before it; what later attempts and fallbacks cost and achieve is added to it. Who failed does not matter
-- here, as the arm chose it, but a call that its caller gave up is judged by nobody.
create or replace function winrate.experiment_contribution(outcome winrate.task_preferences, sign integer default 1)
returns setof winrate.experiment_increments
language sql stable parallel safe rows 1 as $$
  select
    outcome.experiment,
    (winrate.decision_time(outcome.decided_at, outcome.occurred_at) at time zone 'UTC')::date,
    winrate.asked_task_type(outcome.task_type, outcome.context),
    outcome.arm,
    (hashtext(coalesce(outcome.session, outcome.decision_id, outcome.instance_id)) & 255)::smallint,
    (sign * first)::bigint,
    (sign * first * judged)::bigint,
    (sign * case when outcome.success then 1 else 0 end)::bigint,
    (sign * case when outcome.cost_usd is null then 0 else first end)::bigint,
    coalesce(sign * outcome.cost_usd, 0),
    (sign * case when outcome.response_time_ms is null then 0 else first end)::bigint,
    coalesce(sign * outcome.response_time_ms, 0),
    outcome.instance_id
  from (
    select
      case
        when coalesce(outcome.attempt, 1) = 1 and outcome.after is null and outcome.propensity is not null then 1 else 0
      end as first,
      case when outcome.success is null or outcome.failure_kind is not distinct from 'cancelled' then 0 else 1 end as judged
  ) as decision
  where outcome.arm is not null
    and outcome.experiment in (select left(id::text, 8) from winrate.experiments)
$$;
