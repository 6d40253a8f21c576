-- The same for all hours since `since`, for workers of earlier versions and operators. Returns how many rollups there
-- are in these hours now.
create or replace function winrate.rebuild_rollups(since timestamptz default '-infinity') returns bigint
language plpgsql set jit = off as $$
declare
  first_hour timestamptz := date_trunc('hour', since, 'UTC');
begin
  if winrate.rebuild_hours(first_hour, 'infinity') > 0 then
    perform winrate.rebuild_hours(first_hour, 'infinity');
  end if;
  perform winrate.rebuild_experiments((first_hour at time zone 'UTC')::date, 'infinity');
  perform winrate.fold_increments();
  return (select count(*) from winrate.outcome_rollups where hour >= first_hour);
end $$;
