-- Throws. Stable, and called with a column, so that the planner does not call it beforehand.
create or replace function winrate.not_plain(place bigint) returns boolean
language plpgsql stable as $$
begin
  raise exception 'outcome % is not plain', place using errcode = 'data_exception';
end $$;
