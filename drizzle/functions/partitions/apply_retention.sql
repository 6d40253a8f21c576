-- Makes the partitions of the days around `moment`, drops those older than the retention, and deletes at
-- most `step` rows of each table that is not dropped by the day. Any worker may call it at any time, also one that does
-- not own the tables.
create or replace function winrate.apply_retention(
  retention interval, moment timestamptz default now(), step integer default 10000
)
returns table (partitions_created integer, partitions_dropped integer, rows_deleted integer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '5s' set timezone = 'UTC' set jit = off as $$
declare
  oldest timestamptz := moment - retention;
begin
  lock table winrate.lock_retention in exclusive mode;
  partitions_created := winrate.create_partitions(moment);
  with old_outcomes as (
    delete from winrate.task_preferences_default
    where outcome_id in (
      select outcome_id from winrate.task_preferences_default where inserted_at < oldest limit step
    )
    returning 1
  ),
  old_rollups as (
    delete from winrate.outcome_rollups_default
    where ctid in (select ctid from winrate.outcome_rollups_default where hour < oldest limit step)
    returning 1
  ),
  old_corrections as (
    delete from winrate.outcome_corrections
    where ctid in (
      select ctid from winrate.outcome_corrections where received_at < oldest and applied_at is not null limit step
    )
    returning 1
  ),
  old_sessions as (
    delete from winrate.instance_sessions
    where ctid in (select ctid from winrate.instance_sessions where last_seen_at < oldest limit step)
    returning 1
  ),
  old_decisions as (
    delete from winrate.decided_hours
    where ctid in (select ctid from winrate.decided_hours where hour < greatest(oldest, moment - interval '9 days') limit step)
    returning 1
  ),
  -- A running experiment counts from its beginning, however long ago that is: its days that are older are one.
  old_days as (
    delete from winrate.experiment_rollups
    where ctid in (
      select rollup.ctid
      from winrate.experiment_rollups as rollup
      where day < (oldest at time zone 'UTC')::date and day > '-infinity' and exists (
        select from winrate.experiments
        where left(id::text, 8) = rollup.experiment and coalesce(until, 'infinity') >= oldest
      )
      limit step
    )
    returning *
  ),
  merged_days as (
    insert into winrate.experiment_rollups as rollup (
      experiment, day, task_type, arm, bucket, decisions, judged, successes, cost_count, cost_sum_usd, time_count, time_sum_ms,
      instance_id
    )
    select
      experiment, '-infinity', task_type, arm, bucket, sum(decisions), sum(judged), sum(successes), sum(cost_count),
      sum(cost_sum_usd), sum(time_count), sum(time_sum_ms), instance_id
    from old_days
    group by experiment, task_type, arm, bucket, instance_id
    on conflict (experiment, task_type, day, arm, bucket, instance_id) do update set
      decisions = rollup.decisions + excluded.decisions,
      judged = rollup.judged + excluded.judged,
      successes = rollup.successes + excluded.successes,
      cost_count = rollup.cost_count + excluded.cost_count,
      cost_sum_usd = rollup.cost_sum_usd + excluded.cost_sum_usd,
      time_count = rollup.time_count + excluded.time_count,
      time_sum_ms = rollup.time_sum_ms + excluded.time_sum_ms
  ),
  old_experiments as (
    delete from winrate.experiment_rollups
    where ctid in (
      select rollup.ctid
      from winrate.experiment_rollups as rollup
      where not exists (
        select from winrate.experiments
        where left(id::text, 8) = rollup.experiment and coalesce(until, 'infinity') >= oldest
      )
      limit step
    )
    returning 1
  ),
  old_events as (
    delete from winrate.events
    where event_id in (
      -- Events come in the order of their ids: the others are not looked at.
      select event_id
      from (select event_id, happened_at from winrate.events order by event_id limit step) as first_events
      where happened_at < oldest
    )
    returning 1
  ),
  old_minutes as (
    delete from winrate.pipeline_minutes
    where ctid in (select ctid from winrate.pipeline_minutes where minute < oldest limit step)
    returning 1
  ),
  old_limits as (
    delete from winrate.limits_reached
    where ctid in (select ctid from winrate.limits_reached where hour < oldest limit step)
    returning 1
  ),
  -- Keeps a day of snapshots, one a minute, and those that are served.
  old_snapshots as (
    delete from winrate.snapshots as snapshot
    using winrate.snapshot_head as head
    where (snapshot.epoch <> head.epoch and snapshot.created_at < moment - interval '1 day')
      or (
        snapshot.epoch = head.epoch
        and snapshot.version <= head.version - 1440
        and snapshot.version is distinct from head.pinned_version
        and snapshot.version is distinct from head.held_version
      )
    returning 1
  )
  select count(*) into rows_deleted from (
    select from old_outcomes
    union all select from old_rollups
    union all select from old_corrections
    union all select from old_sessions
    union all select from old_decisions
    union all select from old_days
    union all select from old_experiments
    union all select from old_events
    union all select from old_minutes
    union all select from old_limits
    union all select from old_snapshots
  ) as deleted;
  -- At the end, because batches wait until this transaction ends.
  partitions_dropped := winrate.drop_partitions(oldest);
  return next;
end $$;
