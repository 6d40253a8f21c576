-- True for a plain outcome; throws for any other. Stable and of one outcome, so that the planner neither
-- asks beforehand nor keeps the outcomes that it is asked about apart from what reads them.
create or replace function winrate.must_be_plain(plain boolean) returns boolean
language plpgsql stable as $$
begin
  if plain then
    return true;
  end if;
  raise exception 'an outcome is not plain' using errcode = 'data_exception';
end $$;
