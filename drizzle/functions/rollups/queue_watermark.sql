-- The watermark of the queue: one more than the greatest message id that does not wait. Read in one
-- statement with what is counted, it guarantees that no message with this id or a greater one is counted,
-- however many consumers run: a client that drops what is below it counts nothing twice.
--
-- Every message below it is counted or rejected, with two exceptions that the next fold counts: a message
-- whose insert was not committed yet (ids are given in order, inserts commit in any order), and one that
-- waits although a later one does not. The newest id is read while the statement runs, not in its
-- snapshot of the database, so it is never too small.
create or replace function winrate.queue_watermark() returns bigint
language sql stable set jit = off as $$
  with newest as materialized (
    select coalesce(
      pg_sequence_last_value(pg_get_serial_sequence('pgmq.q_task_preferences', 'msg_id')::regclass), 0
    ) as msg_id
  ),
  waiting as (
    select msg_id, row_number() over (order by msg_id desc) as place
    from pgmq.q_task_preferences
    -- A producer with the right to insert can give a message any id.
    where msg_id <= (select msg_id from newest)
    order by msg_id desc
    limit 100000
  )
  -- The newest messages that all wait, without a gap, are above it. Of a very long queue only the end is
  -- looked at: then the watermark is higher than it must be.
  select newest.msg_id + 1
    - (select count(*) from waiting where waiting.msg_id = newest.msg_id + 1 - waiting.place)
  from newest
$$;
