-- Whether a canary reaches this instance. The HTTP server computes the same: see distribution/track.ts. The
-- search path is that of Postgres even where a client's is not.
create or replace function winrate.is_in_canary(instance_id text, share double precision) returns boolean
language sql immutable parallel safe set search_path = pg_catalog as $$
  select coalesce(
    ('x' || left(md5(instance_id), 8))::bit(32)::bigint / 4294967296.0 < share,
    false
  )
$$;
