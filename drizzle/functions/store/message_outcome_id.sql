-- The id of an outcome that came without one: a UUID v7 made of its message's time and id and of its place
-- in the batch, so that a message that is delivered twice names the same outcomes.
create or replace function winrate.message_outcome_id(enqueued_at timestamptz, message_id bigint, ordinal integer)
returns uuid
language sql immutable parallel safe as $$
  select (
    left(winrate.uuid_floor(enqueued_at)::text, 13)
    || '-7' || lpad(to_hex(coalesce(ordinal, 0) & 4095), 3, '0')
    || '-8' || lpad(to_hex(coalesce(ordinal, 0) >> 12), 3, '0')
    || '-' || lpad(to_hex(message_id & 281474976710655), 12, '0')
  )::uuid
$$;
