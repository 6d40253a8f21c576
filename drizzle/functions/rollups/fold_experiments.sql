-- Adds the increments of experiments to their sums. The caller holds the lock of the rollups, so nobody else adds meanwhile.
create or replace function winrate.fold_experiments() returns void
language sql set jit = off as $$
  with taken_increments as (
    delete from winrate.experiment_increments returning *
  )
  insert into winrate.experiment_rollups as rollup (
    experiment, day, task_type, arm, bucket, decisions, judged, successes, cost_count, cost_sum_usd, time_count, time_sum_ms,
    instance_id
  )
  select
    experiment, day, task_type, arm, bucket, sum(decisions), sum(judged), sum(successes), sum(cost_count), sum(cost_sum_usd),
    sum(time_count), sum(time_sum_ms), instance_id
  from taken_increments
  group by experiment, day, task_type, arm, bucket, instance_id
  on conflict (experiment, task_type, day, arm, bucket, instance_id) do update set
    decisions = rollup.decisions + excluded.decisions,
    judged = rollup.judged + excluded.judged,
    successes = rollup.successes + excluded.successes,
    cost_count = rollup.cost_count + excluded.cost_count,
    cost_sum_usd = rollup.cost_sum_usd + excluded.cost_sum_usd,
    time_count = rollup.time_count + excluded.time_count,
    time_sum_ms = rollup.time_sum_ms + excluded.time_sum_ms
$$;
