-- Only the usual form: Postgres also reads UUIDs in braces and with other hyphens.
create or replace function winrate.json_uuid(value jsonb) returns uuid
language sql immutable parallel safe as $$
  select case
    when jsonb_typeof(value) = 'string' then
      case
        when value #>> '{}' like '________-____-____-____-____________'
          and translate(value #>> '{}', '0123456789abcdefABCDEF', '') = '----'
        then (value #>> '{}')::uuid
      end
  end
$$;
