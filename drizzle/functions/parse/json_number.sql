-- The nearest double. What is too small for one, and would throw, is nothing.
create or replace function winrate.json_number(value jsonb, lowest numeric, highest numeric)
returns double precision
language sql immutable parallel safe as $$
  select case
  when jsonb_typeof(value) = 'number' then
    case
      when value::numeric between lowest and highest then
        case when abs(value::numeric) < 1e-100 then 0 else value::numeric::double precision end
    end
end
$$;
