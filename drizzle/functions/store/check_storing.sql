-- Throws what storing an outcome throws now, whatever the outcome; stores nothing. Tells whether a message fails
-- because of the database or because of what is in it.
create or replace function winrate.check_storing() returns void
language plpgsql set jit = off as $$
declare
  -- Below all ids of the queue, whose next id stays what it is.
  probe bigint := -1 - floor(random() * 1e15)::bigint;
begin
  insert into pgmq.q_task_preferences (msg_id, vt, message)
  overriding system value
  values (
    probe, clock_timestamp(),
    '{"task_type": "chat", "model_name": "probe", "success": true, "instance_id": "probe"}'
  );
  perform winrate.ingest_messages(1, '30 days', probe);
  raise exception 'undo' using errcode = 'WR000';
exception
  when others then
    -- An operator's rule may refuse the probe.
    if sqlstate <> 'WR000' and not winrate.blames_message(sqlstate) then
      raise;
    end if;
end $$;
