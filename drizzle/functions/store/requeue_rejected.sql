-- Puts dead letters of one reason back into the queue, after the cause is fixed. A rejected outcome of a
-- sealed batch returns as a message of its own.
create or replace function winrate.requeue_rejected(only_reason text, max_rows integer default 1000)
returns bigint
language sql as $$
  with taken as (
    delete from winrate.rejected_outcomes
    where (rejected_at, rejected_id) in (
      select rejected_at, rejected_id from winrate.rejected_outcomes
      where reason = only_reason
      order by rejected_id
      limit max_rows
      for update skip locked
    )
    returning rejected_id,
      case
        when ordinal is not null and jsonb_typeof(payload) = 'object' and not payload ? 'instance_id'
        then payload || jsonb_build_object('instance_id', instance_id)
        else payload
      end as payload
  ),
  sent as (
    select pgmq.send_batch('task_preferences', array_agg(payload order by rejected_id)) as message_id
    from taken
    having count(*) > 0
  )
  select count(*) from sent;
$$;
