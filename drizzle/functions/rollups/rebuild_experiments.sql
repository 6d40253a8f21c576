-- Makes the sums of experiments of the days from `first_day` to before `end_day` what the stored outcomes add up to, as
-- winrate.rebuild_hours does for the rollups: what they differ by is added as increments. Days of which outcomes have left
-- already stay as they are; an outcome's id is not older than its decision, so these are the days before the oldest one.
-- Returns how many sums differed.
create or replace function winrate.rebuild_experiments(first_day date, end_day date) returns bigint
language plpgsql set jit = off set work_mem = '64MB' set timezone = 'UTC' as $$
declare
  differed bigint;
  oldest_day date;
begin
  if not exists (select from winrate.experiments) then
    return 0;
  end if;
  -- Two at once would both add the same difference.
  lock table winrate.lock_rebuild in exclusive mode;
  oldest_day := coalesce(
    (
      select (winrate.uuid_time(outcome_id::text) at time zone 'UTC')::date
      from winrate.task_preferences order by outcome_id limit 1
    ),
    'infinity'
  );
  first_day := greatest(first_day, oldest_day);
  insert into winrate.experiment_increments (
    experiment, day, task_type, arm, bucket, decisions, judged, successes, cost_count, cost_sum_usd, time_count, time_sum_ms,
    instance_id
  )
  select
    experiment, day, task_type, arm, bucket, sum(decisions), sum(judged), sum(successes), sum(cost_count), sum(cost_sum_usd),
    sum(time_count), sum(time_sum_ms), instance_id
  from (
    select contribution.*
    from winrate.task_preferences as outcome
    cross join lateral winrate.experiment_contribution(outcome) as contribution
    where outcome.counted and outcome.arm is not null and contribution.day >= first_day and contribution.day < end_day
      and outcome.occurred_at >= first_day::timestamp and outcome.occurred_at < end_day::timestamp + interval '7 days'
    union all
    select
      experiment, day, task_type, arm, bucket, -decisions, -judged, -successes, -cost_count, -cost_sum_usd, -time_count,
      -time_sum_ms, instance_id
    from winrate.experiment_rollups
    where day >= first_day and day < end_day
    union all
    select
      experiment, day, task_type, arm, bucket, -decisions, -judged, -successes, -cost_count, -cost_sum_usd, -time_count,
      -time_sum_ms, instance_id
    from winrate.experiment_increments
    where day >= first_day and day < end_day
  ) as compared
  group by experiment, day, task_type, arm, bucket, instance_id
  -- Sums of fractions depend on their order, a little.
  having sum(decisions) <> 0 or sum(judged) <> 0 or sum(successes) <> 0 or sum(cost_count) <> 0 or sum(time_count) <> 0
    or abs(sum(cost_sum_usd)) > 1e-9 * greatest(1, sum(abs(cost_sum_usd)))
    or abs(sum(time_sum_ms)) > 1e-9 * greatest(1, sum(abs(time_sum_ms)));
  get diagnostics differed = row_count;
  if differed > 0 then
    perform winrate.fold_increments();
    delete from winrate.experiment_rollups
    where day >= first_day and day < end_day and decisions = 0 and judged = 0 and successes = 0 and cost_count = 0
      and time_count = 0;
  end if;
  return differed;
end $$;
