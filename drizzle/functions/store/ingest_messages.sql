-- Moves up to max_messages from the queue into the tables; with only_message, that message alone, even if it
-- is not visible. Consumers run side by side: each skips what another has locked. Returns a row for each
-- group of messages that was stored by itself. `left_out` has an entry for each field that could not be read and was
-- left out: { field: { outcomes, instance, value } }, null for none. One more row, of which only `waited` is not zero or null,
-- says how many messages were in the queue for how many seconds: { seconds: messages }.
create or replace function winrate.ingest_messages(
  max_messages integer,
  retention interval,
  only_message bigint default null
)
returns table (
  messages bigint, stored bigint, duplicates bigint, rejected bigint, corrections bigint,
  tolerated bigint, retimed bigint, left_out jsonb, waited jsonb
)
language plpgsql
set enable_seqscan = off set jit = off
as $$
#variable_conflict use_column
declare
  most_groups constant integer := 16;
  taken tid[];
  group_size integer;
  places tid[];
begin
  -- Corrections are applied while no batch is under way: see winrate.apply_corrections.
  lock table winrate.lock_corrections in row share mode;
  taken := array(
    select ctid
    from pgmq.q_task_preferences
    where msg_id between coalesce(only_message, '-9223372036854775808')
        and coalesce(only_message, '9223372036854775807')
      and (vt <= clock_timestamp() or only_message is not null)
    order by msg_id
    limit max_messages
    for update skip locked
  );
  if cardinality(taken) = 0 then
    return;
  end if;
  begin
    begin
      return query select *, null::jsonb from winrate.store_messages(taken, false, false, retention);
    exception when unique_violation then
      -- A repeat in the midst of a message, or of one that another consumer was storing.
      return query select *, null::jsonb from winrate.store_messages(taken, false, true, retention);
    end;
  exception when data_exception then
    -- Some message only looked plain. In groups, so that the others' way stays fast. Their outcomes are no
    -- longer in one order: of two consumers of the same ones that wait for each other in a circle Postgres
    -- ends one, whose messages stay in the queue.
    group_size := ceil(cardinality(taken) / most_groups::numeric);
    for first_place in 1 .. cardinality(taken) by group_size loop
      places := taken[first_place : first_place + group_size - 1];
      begin
        return query select *, null::jsonb from winrate.store_messages(places, false, true, retention);
      exception when data_exception then
        return query select *, null::jsonb from winrate.store_messages(places, true, true, retention);
      end;
    end loop;
  end;
  return query
  with taken_messages as (
    delete from pgmq.q_task_preferences where ctid = any (taken) returning enqueued_at
  )
  select 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, null::jsonb,
    jsonb_object_agg(seconds, entries)
  from (
    select
      -- A producer that writes the table itself may make the time up.
      round(extract(epoch from clock_timestamp() - least(greatest(enqueued_at, '2000-01-01 00:00Z'), now())), 1) as seconds,
      count(*) as entries
    from taken_messages
    group by seconds
  ) as waiting;
end $$;
