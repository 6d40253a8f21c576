-- Puts up to max_rows dead letters of one reason back into the queue: the first ones after (after_time, after_id)
-- that were rejected before `until`. A rejected outcome of a sealed batch returns as a message of its own. Says
-- where the next part begins.
create or replace function winrate.requeue_part(
  only_reason text, until timestamptz, after_time timestamptz, after_id bigint, max_rows integer
)
returns table (requeued bigint, last_time timestamptz, last_id bigint)
language sql set jit = off as $$
  with taken as (
    delete from winrate.rejected_outcomes
    where (rejected_at, rejected_id) in (
      select rejected_at, rejected_id from winrate.rejected_outcomes
      where reason = only_reason and rejected_at < until
        and rejected_at >= after_time and (rejected_at, rejected_id) > (after_time, after_id)
      order by rejected_at, rejected_id
      limit max_rows
      for update skip locked
    )
    returning rejected_at, rejected_id,
      case
        -- A reference says its instance itself.
        when ordinal is not null and jsonb_typeof(payload) = 'object' and not payload ? 'instance_id'
          and only_reason <> 'reference_invalid'
          and winrate.read_reference(winrate.json_text(payload -> 'reference')) is null
        then payload || jsonb_build_object('instance_id', instance_id)
        else payload
      end as payload
  ),
  -- One by one: together, large ones would exceed what Postgres can hold in one value.
  sent as (
    select rejected_at, rejected_id, pgmq.send('task_preferences', payload) as message_id
    from (select * from taken order by rejected_at, rejected_id) as ordered
  )
  select count(message_id), max(rejected_at), (array_agg(rejected_id order by rejected_at desc, rejected_id desc))[1]
  from sent;
$$;
