-- Only the usual form: Postgres also reads UUIDs in braces and with other hyphens. These three tests cost a
-- quarter of one pattern that counts the digits.
create or replace function winrate.json_uuid(value jsonb) returns uuid
language sql immutable parallel safe as $$
  select case
    when jsonb_typeof(value) = 'string' then
      case
        when value #>> '{}' like '________-____-____-____-____________'
          and value #>> '{}' not like '%-%-%-%-%-%'
          and value #>> '{}' !~ '[^0-9a-fA-F-]'
        then (value #>> '{}')::uuid
      end
  end
$$;
