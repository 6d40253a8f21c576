-- A text or number as a time, where it can mean only one moment; else null.
create or replace function winrate.json_time(value jsonb) returns timestamptz
language sql stable parallel safe as $$
  select case
    when winrate.is_time(winrate.json_text(value)) then (value #>> '{}')::timestamptz
    else winrate.loose_time(value)
  end
$$;
