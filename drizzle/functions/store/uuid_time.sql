-- When a UUID v7 was made: it begins with its milliseconds since 1970. Null for any other text.
create or replace function winrate.uuid_time(id text) returns timestamptz
language sql immutable parallel safe as $$
  select case
    when id like '________-____-7___-____-____________'
      and translate(left(id, 13), '0123456789abcdefABCDEF', '') = '-'
    then to_timestamp(('x0000' || left(id, 8) || substr(id, 10, 4))::bit(64)::bigint / 1000.0::double precision)
  end
$$;
