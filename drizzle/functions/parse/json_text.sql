-- Parsers that answer null instead of throwing, because a statement that throws would meet the same
-- messages for ever.
create or replace function winrate.json_text(value jsonb) returns text
language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) = 'string' then value #>> '{}' end
$$;
