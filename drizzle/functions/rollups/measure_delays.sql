-- Measures how long after their decisions outcomes arrive, by task type and verdict. At most once an hour, whichever
-- replica comes first; returns whether it did. Looks at the newest outcomes, about 50,000 or those of a day: chosen by
-- when they arrived, as the newest decisions have only the outcomes that come fast. Of one instance at most 50 of a
-- verdict count, so none decides alone.
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
  since := moment - interval '1 hour' * least(24, most_outcomes / greatest(1, per_hour));
  delete from winrate.reporting_delays;
  insert into winrate.reporting_delays (task_type, success, outcomes, hours)
  select task_type, success, count(*)::integer, percentile_disc(0.95) within group (order by hours)
  from (
    select task_type, success, extract(epoch from greatest(inserted_at - decided_at, '0')) / 3600 as hours,
      row_number() over (partition by task_type, success, instance_id order by inserted_at desc) as place
    from (
      -- A later attempt is late by the time that the earlier ones took.
      select
        case when after is null then task_type else winrate.learned_task_type(task_type, after) end as task_type,
        success, instance_id, inserted_at, decided_at
      from winrate.task_preferences
      where inserted_at >= since and counted
        and outcome_id >= winrate.uuid_floor(since - interval '8 days')
        and occurred_at - decided_at between interval '-5 minutes' and interval '7 days'
        and success is not null and winrate.is_sample(failure, failure_kind)
      limit 4 * most_outcomes
    ) as newest
  ) as arrived
  where place <= 50
  group by task_type, success;
  return true;
end $$;
