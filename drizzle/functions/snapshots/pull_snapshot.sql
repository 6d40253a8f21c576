-- What a client that knows (known_epoch, known_version) should have now: `full` with the gzipped
-- snapshot, `none` when there is no newer one, `held` when a canary keeps the client where it is.
create or replace function winrate.pull_snapshot(known_epoch uuid, known_version bigint, instance_id text)
returns table (kind text, epoch uuid, version bigint, body bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
  with served as (
    select head.epoch, track.held, case when track.held then head.held_version else head.version end as version
    from winrate.snapshot_head as head
    cross join lateral (
      select head.held_version is not null
        and not winrate.is_in_canary(pull_snapshot.instance_id, head.canary_share) as held
    ) as track
  )
  select
    case
      when snapshot.version is not null then 'full'
      when served.held then 'held'
      else 'none'
    end,
    served.epoch,
    served.version,
    snapshot.body_gzip
  from served
  left join winrate.snapshots as snapshot
    on snapshot.epoch = served.epoch
    and snapshot.version = served.version
    and (
      known_epoch is distinct from served.epoch
      or known_version is null
      or known_version < served.version
    )
$$;
