-- Drops the partitions of days that ended before `oldest`, and returns how many it dropped. Where a long
-- query still reads one, it leaves this one and the rest to a later call: batches wait for it meanwhile.
create or replace function winrate.drop_partitions(oldest timestamptz) returns integer
language plpgsql set lock_timeout = '2s' set timezone = 'UTC' set jit = off as $$
declare
  old record;
  dropped integer := 0;
begin
  for old in
    select child.relname as name
    from pg_inherits as inherits
    join pg_class as child on child.oid = inherits.inhrelid
    where child.relnamespace = 'winrate'::regnamespace
      and child.relname ~ '_\d{4}_\d\d_\d\d$'
      and child.relkind = 'r'
      and to_date(right(child.relname, 10), 'YYYY_MM_DD') + 1 <= oldest::date
    order by inherits.inhparent = 'winrate.task_preferences'::regclass desc, child.relname
  loop
    begin
      execute format('drop table winrate.%I', old.name);
      dropped := dropped + 1;
    exception
      when lock_not_available or deadlock_detected then exit;
    end;
  end loop;
  return dropped;
end $$;
