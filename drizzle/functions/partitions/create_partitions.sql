-- Makes the missing partitions of the days around `moment`, and returns how many it made.
create or replace function winrate.create_partitions(moment timestamptz default now()) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '5s' set jit = off as $$
declare
  parent text;
  created integer := 0;
begin
  lock table winrate.lock_retention in exclusive mode;
  foreach parent in array array['task_preferences', 'outcome_rollups', 'rejected_outcomes', 'task_metrics_history'] loop
    for day_offset in -8 .. 3 loop
      if winrate.create_partition(parent, (moment at time zone 'UTC')::date + day_offset) then
        created := created + 1;
      end if;
    end loop;
  end loop;
  return created;
end $$;
