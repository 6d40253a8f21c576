-- Makes the partition of one day if it is missing, and returns whether it did. Moves rows of that day out
-- of the default partition first: Postgres refuses a partition whose rows lie there. Partitions of rollups
-- leave room in their pages: an updated row then stays on its page and out of the index.
create or replace function winrate.create_partition(parent text, day date) returns boolean
language plpgsql set timezone = 'UTC' set jit = off as $$
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
  execute format(
    'create table winrate.%I (like winrate.%I including defaults including indexes) with (fillfactor = %s)',
    name, parent, case parent when 'outcome_rollups' then 50 else 100 end
  );
  -- Most of them while batches go on, and the rest while none can add more.
  for turn in 1 .. 2 loop
    execute format(
      'with strays as (delete from winrate.%I where %I >= %L and %I < %L returning *) insert into winrate.%I select * from strays',
      parent || '_default', key, lower_bound, key, upper_bound, name
    );
    execute format('lock table winrate.%I in access exclusive mode', parent || '_default');
  end loop;
  execute format(
    'alter table winrate.%I attach partition winrate.%I for values from (%L) to (%L)',
    parent, name, lower_bound, upper_bound
  );
  return true;
end $$;
