-- Moves one message into the dead letters unchanged: the last resort where ingest_messages throws. Refuses, and
-- returns false, where the reason is a failed statement that does not blame the message.
create or replace function winrate.reject_message(only_message bigint, because text) returns boolean
language sql set jit = off as $$
  with taken_message as (
    delete from pgmq.q_task_preferences
    where msg_id = only_message
      and (
        because not like 'statement_failed %'
        or winrate.blames_message(substring(because from '^statement_failed ([0-9A-Z]{5}):'))
      )
    returning msg_id, enqueued_at, message
  ),
  rejected_message as (
    insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, payload)
    select left(because, 500), msg_id, enqueued_at, coalesce(message, 'null') from taken_message
    returning 1
  )
  select exists (select from rejected_message);
$$;
