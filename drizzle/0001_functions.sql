-- Partitions, retention, the pull function of clients without HTTP, and the publisher's role.

create table winrate.task_preferences_default partition of winrate.task_preferences default;
create table winrate.outcome_rollups_default partition of winrate.outcome_rollups default;
create table winrate.rejected_outcomes_default partition of winrate.rejected_outcomes default;
create table winrate.task_metrics_history_default partition of winrate.task_metrics_history default;

-- The smallest UUID v7 of a moment: a UUID v7 begins with its milliseconds since 1970.
create function winrate.uuid_floor(moment timestamptz) returns uuid
language sql immutable strict parallel safe
return (
  lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20)
)::uuid;

-- Where a partition of `parent` that holds one UTC day begins.
create function winrate.partition_bound(parent text, day date) returns text
language sql immutable strict parallel safe
return case
  when parent = 'task_preferences' then winrate.uuid_floor(day::timestamp at time zone 'UTC')::text
  else (day::timestamp at time zone 'UTC')::text
end;

-- Makes the partition of one day, if it is missing. Rows that strayed into the default partition move
-- in first, because their presence there would forbid the new one.
create function winrate.create_partition(parent text, day date) returns boolean
language plpgsql set timezone = 'UTC' as $$
declare
  name text := parent || '_' || to_char(day, 'YYYY_MM_DD');
  lower_bound text := winrate.partition_bound(parent, day);
  upper_bound text := winrate.partition_bound(parent, day + 1);
  key text := case parent
    when 'task_preferences' then 'outcome_id'
    when 'outcome_rollups' then 'hour'
    when 'rejected_outcomes' then 'rejected_at'
    when 'task_metrics_history' then 'recorded_at'
  end;
begin
  if to_regclass(format('winrate.%I', name)) is not null then
    return false;
  end if;
  execute format('create table winrate.%I (like winrate.%I including defaults including indexes)', name, parent);
  execute format(
    'with strays as (delete from winrate.%I where %I >= %L and %I < %L returning *) insert into winrate.%I select * from strays',
    parent || '_default', key, lower_bound, key, upper_bound, name
  );
  execute format(
    'alter table winrate.%I attach partition winrate.%I for values from (%L) to (%L)',
    parent, name, lower_bound, upper_bound
  );
  return true;
end $$;

-- Keeps the partitions of the days around `moment`, drops those that are older than the retention, and
-- removes what is small and not partitioned in bounded steps. Safe to call at any time, by anyone.
create function winrate.apply_retention(retention interval, moment timestamptz default now())
returns table (partitions_created integer, partitions_dropped integer, rows_deleted integer)
language plpgsql set lock_timeout = '5s' set timezone = 'UTC' as $$
declare
  today date := (moment at time zone 'UTC')::date;
  oldest timestamptz := moment - retention;
  step constant integer := 10000;
  parent text;
  old record;
  deleted integer;
begin
  perform pg_advisory_xact_lock(hashtext('winrate.apply_retention'));
  partitions_created := 0;
  partitions_dropped := 0;
  rows_deleted := 0;
  foreach parent in array array['task_preferences', 'outcome_rollups', 'rejected_outcomes', 'task_metrics_history'] loop
    for day_offset in -8 .. 3 loop
      if winrate.create_partition(parent, today + day_offset) then
        partitions_created := partitions_created + 1;
      end if;
    end loop;
    for old in
      select child.relname as name
      from pg_inherits as inherits
      join pg_class as child on child.oid = inherits.inhrelid
      where inherits.inhparent = format('winrate.%I', parent)::regclass
        and child.relname ~ '_\d{4}_\d\d_\d\d$'
        and to_date(right(child.relname, 10), 'YYYY_MM_DD') + 1 <= oldest::date
    loop
      -- A table that somebody reads for long is dropped at a later call; the rest is not undone.
      begin
        execute format('drop table winrate.%I', old.name);
        partitions_dropped := partitions_dropped + 1;
      exception
        when lock_not_available then null;
      end;
    end loop;
  end loop;

  delete from winrate.task_preferences_default
  where outcome_id in (
    select outcome_id from winrate.task_preferences_default where inserted_at < oldest limit step
  );
  get diagnostics deleted = row_count;
  rows_deleted := rows_deleted + deleted;
  delete from winrate.outcome_rollups_default
  where ctid in (select ctid from winrate.outcome_rollups_default where hour < oldest limit step);
  get diagnostics deleted = row_count;
  rows_deleted := rows_deleted + deleted;
  delete from winrate.outcome_corrections
  where ctid in (
    select ctid from winrate.outcome_corrections where received_at < oldest and applied_at is not null limit step
  );
  get diagnostics deleted = row_count;
  rows_deleted := rows_deleted + deleted;
  delete from winrate.instance_sessions
  where ctid in (select ctid from winrate.instance_sessions where last_seen_at < oldest limit step);
  get diagnostics deleted = row_count;
  rows_deleted := rows_deleted + deleted;
  -- A day of snapshots, one a minute; and whatever is being served.
  delete from winrate.snapshots as snapshot
  using winrate.snapshot_head as head
  where (snapshot.epoch <> head.epoch and snapshot.created_at < moment - interval '1 day')
    or (
      snapshot.epoch = head.epoch
      and snapshot.version <= head.version - 1440
      and snapshot.version is distinct from head.pinned_version
      and snapshot.version is distinct from head.held_version
    );
  get diagnostics deleted = row_count;
  rows_deleted := rows_deleted + deleted;
  return next;
end $$;

-- Whether an instance is among the share that a canary reaches. The HTTP server computes the same.
create function winrate.is_in_canary(instance_id text, share double precision) returns boolean
language sql immutable parallel safe
return coalesce(
  ('x' || left(md5(instance_id), 8))::bit(32)::bigint / 4294967296.0 < share,
  false
);

-- What a client that knows (known_epoch, known_version) should have now: `full` with the gzipped
-- snapshot, `none` when there is nothing newer, `held` when a canary keeps it where it is on purpose.
create function winrate.pull_snapshot(known_epoch uuid, known_version bigint, instance_id text)
returns table (kind text, epoch uuid, version bigint, body bytea)
language sql stable security definer set search_path = pg_catalog
begin atomic
  with served as (
    select
      head.epoch,
      head.held_version is not null
        and not winrate.is_in_canary(pull_snapshot.instance_id, head.canary_share) as held,
      case
        when head.held_version is not null
          and not winrate.is_in_canary(pull_snapshot.instance_id, head.canary_share)
        then head.held_version
        else head.version
      end as version
    from winrate.snapshot_head as head
  )
  select
    case
      when snapshot.version is not null then 'full'
      when served.held then 'held'
      else 'none'
    end as kind,
    served.epoch,
    served.version,
    snapshot.body_gzip as body
  from served
  left join winrate.snapshots as snapshot
    on snapshot.epoch = served.epoch
    and snapshot.version = served.version
    and (
      known_epoch is distinct from served.epoch
      or known_version is null
      or known_version < served.version
    );
end;

insert into winrate.snapshot_head (singleton, epoch, version) values (true, gen_random_uuid(), 0);
alter table winrate.snapshot_head add constraint snapshot_head_singleton_check check (singleton);

select winrate.apply_retention('30 days');

-- Whoever may only send outcomes and pull snapshots: grant this role to the agents' login.
revoke execute on all functions in schema winrate from public;
do $$
begin
  begin
    create role winrate_publisher nologin;
  exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
      raise notice 'role winrate_publisher was not created: no right to create roles';
  end;
  if exists (select from pg_roles where rolname = 'winrate_publisher') then
    grant usage on schema winrate, pgmq to winrate_publisher;
    grant execute on function winrate.pull_snapshot(uuid, bigint, text) to winrate_publisher;
    grant insert, select (msg_id) on pgmq.q_task_preferences to winrate_publisher;
  end if;
end $$;
