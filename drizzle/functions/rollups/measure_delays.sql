-- Measures how long after their decisions outcomes arrive, by task type and verdict. At most once an hour, whichever
-- replica comes first; returns whether it did. Looks at the newest outcomes, about 50,000 or those of a week: chosen by
-- when they arrived, as the newest decisions have only the outcomes that come fast. Of one instance at most 50 of a
-- verdict count, so none decides alone.
--   Where the verdicts of a single model come at clearly different times, its delays are those of the task type: it looks
-- bad before it has a share that shows in all outcomes together. Of a model 5 outcomes of an instance count, and 20 of a
-- verdict are needed.
create or replace function winrate.measure_delays(moment timestamptz default now()) returns boolean
language plpgsql set jit = off set work_mem = '64MB' set timezone = 'UTC' as $$
declare
  most_outcomes constant integer := 50000;
  per_hour double precision;
  since timestamptz;
begin
  update winrate.tick_state set delays_measured_at = moment
  where (delays_measured_at between moment - interval '59 minutes' and moment) is not true;
  if not found then
    return false;
  end if;
  select coalesce(sum(samples) / 2, 0) into per_hour
  from winrate.outcome_rollups
  where hour > moment - interval '3 hours' and hour <= moment;
  since := moment - interval '1 hour' * least(168, most_outcomes / greatest(1, per_hour));
  delete from winrate.reporting_delays;
  insert into winrate.reporting_delays (task_type, success, outcomes, hours)
  with newest as materialized (
    -- A later attempt is late by the time that the earlier ones took.
    select
      case when after is null then task_type else winrate.learned_task_type(task_type, after) end as task_type,
      model_name, success, instance_id, inserted_at,
      extract(epoch from greatest(inserted_at - decided_at, '0')) / 3600 as hours
    from winrate.task_preferences
    where inserted_at >= since and counted
      and outcome_id >= winrate.uuid_floor(since - interval '8 days')
      and occurred_at - decided_at between interval '-5 minutes' and interval '7 days'
      and success is not null and winrate.is_sample(failure, failure_kind)
    limit 4 * most_outcomes
  ), placed as (
    select task_type, model_name, success, hours,
      row_number() over (partition by task_type, success, instance_id order by inserted_at desc) as place,
      row_number() over (partition by task_type, model_name, success, instance_id order by inserted_at desc) as place_of_model
    from newest
  ), of_all as (
    select task_type, success, count(*)::integer as outcomes, percentile_disc(0.95) within group (order by hours) as hours
    from placed
    where place <= 50
    group by task_type, success
  ), of_model as (
    select task_type, model_name, success, count(*) as outcomes,
      percentile_disc(0.5) within group (order by hours) as usual,
      percentile_disc(0.95) within group (order by hours) as hours
    from placed
    where place_of_model <= 5
    group by task_type, model_name, success
  ), apart as (
    select distinct on (task_type) task_type, successes.hours as successes, failures.hours as failures
    from of_model as successes
    join of_model as failures using (task_type, model_name)
    where successes.success and not failures.success
      and least(successes.outcomes, failures.outcomes) >= 20
      and abs(successes.usual - failures.usual) >= 0.5
    order by task_type, abs(successes.usual - failures.usual) desc
  )
  select task_type, success, outcomes,
    case
      when apart.task_type is null then of_all.hours
      when success then apart.successes
      else apart.failures
    end
  from of_all
  left join apart using (task_type);
  return true;
end $$;
