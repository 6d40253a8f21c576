-- Whether a canary reaches this instance. The HTTP server computes the same: see distribution/track.ts.
create or replace function winrate.is_in_canary(instance_id text, share double precision) returns boolean
language sql immutable parallel safe as $$
  select coalesce(
    ('x' || left(md5(instance_id), 8))::bit(32)::bigint / 4294967296.0 < share,
    false
  )
$$;
