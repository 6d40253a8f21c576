-- A number that a double can be read from, as JSON.parse reads it: too small is 0. Null for what is beyond
-- every double.
create or replace function winrate.json_number(value jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case
    when jsonb_typeof(value) = 'number' then
      case
        when abs(value::numeric) < 2.5e-324 then '0'
        when abs(value::numeric) <= 1.7976931348623157e308 then value
      end
  end
$$;
