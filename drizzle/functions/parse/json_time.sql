-- A JSON string as a time, where winrate.is_time takes it; else null.
create or replace function winrate.json_time(value jsonb) returns timestamptz
language sql stable parallel safe as $$
  select case when winrate.is_time(winrate.json_text(value)) then (value #>> '{}')::timestamptz end
$$;
