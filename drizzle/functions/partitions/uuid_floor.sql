-- The smallest UUID v7 of a moment: a UUID v7 begins with its milliseconds since 1970.
create or replace function winrate.uuid_floor(moment timestamptz) returns uuid
language sql immutable strict parallel safe as $$
  select (
    lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20)
  )::uuid
$$;
