-- Whether a text has so many characters (code points, as JSON Schema and zod count them). `shortest` is 0 or
-- 1. A text with few bytes has few characters, which is cheaper to tell.
create or replace function winrate.is_text(value text, shortest integer, longest integer) returns boolean
language sql immutable parallel safe as $$
  select case
    when octet_length(value) <= longest then octet_length(value) >= shortest
    else length(value) <= longest
  end
$$;
