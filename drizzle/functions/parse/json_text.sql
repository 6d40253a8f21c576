create or replace function winrate.json_text(value jsonb) returns text
language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) = 'string' then value #>> '{}' end
$$;
