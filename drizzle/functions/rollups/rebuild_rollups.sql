-- Sums the rollups of the hours since `since` from the stored outcomes, for operators who changed those by
-- hand. Batches wait meanwhile. Returns how many rollups there are in these hours now.
create or replace function winrate.rebuild_rollups(since timestamptz default '-infinity') returns bigint
language plpgsql as $$
declare
  first_hour timestamptz := date_trunc('hour', since, 'UTC');
  rebuilt bigint;
begin
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  -- In the order in which ingest and retention lock their tables.
  lock table winrate.task_preferences in access share mode;
  perform from winrate.rollup_state for update;
  -- The sums below contain what these increments would add.
  delete from winrate.rollup_increments where hour >= first_hour;
  delete from winrate.outcome_rollups where hour >= first_hour;
  insert into winrate.outcome_rollups
  select
    hour, task_type, model_name, provider, thinking_level, instance_id,
    sum(samples), sum(successes), sum(transport_failures), sum(quality_sum), sum(quality_count),
    sum(response_time_sum_ms), sum(response_time_count), sum(cost_sum_usd), sum(cost_count)
  from (
    select contribution.*
    from winrate.task_preferences as outcome
    cross join lateral winrate.contribution(outcome) as contribution
    where outcome.counted and outcome.occurred_at >= first_hour
  ) as contributed
  group by hour, task_type, model_name, provider, thinking_level, instance_id;
  get diagnostics rebuilt = row_count;
  return rebuilt;
end $$;
