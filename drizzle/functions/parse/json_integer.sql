-- A whole number from 0 to `highest`, however it is written: 1.0 and 1e0 are 1.
create or replace function winrate.json_integer(value jsonb, highest bigint) returns bigint
language sql immutable parallel safe as $$
  select case
    when jsonb_typeof(value) = 'number' then
      case
        when value::numeric between 0 and highest and trunc(value::numeric) = value::numeric
        then value::numeric::bigint
      end
  end
$$;
