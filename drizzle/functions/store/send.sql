-- Puts one message, a bare outcome or a sealed batch, into the queue, and returns its id there. This is all that agents
-- may do to the queue: id, times and visibility are not theirs to say. `sent_at` is the time by the sender's clock, in
-- ISO 8601; the worker corrects the times of outcomes by it.
-- A message that is too large fails with 54000, which tells a client to halve it; what is no JSON object, with 22P02; one with a
-- number that no double holds, with 22003: Postgres keeps 1e131071 in 12 bytes and writes it out in 128 KiB, so a list of some
-- thousands takes a gigabyte wherever it is read as text.
create or replace function winrate.send(message text, sent_at text default null) returns bigint
language plpgsql security definer
-- Neither a table nor a type of the caller's own stands for one of these.
set search_path = pg_catalog, pg_temp set jit = off set standard_conforming_strings = on
as $$
declare
  most_bytes constant integer := 4194304;
  most_outcomes constant integer := 10000;
  content jsonb;
  message_id bigint;
begin
  if octet_length(message) > most_bytes then
    raise exception 'the message has % bytes, and may have %', octet_length(message), most_bytes
      using errcode = '54000';
  end if;
  content := message::jsonb;
  if jsonb_typeof(content) is distinct from 'object' then
    raise exception 'the message must be a JSON object: an outcome, or a sealed batch' using errcode = '22P02';
  end if;
  if jsonb_typeof(content -> 'outcomes') = 'array' and jsonb_array_length(content -> 'outcomes') > most_outcomes then
    raise exception 'the message has more than % outcomes', most_outcomes using errcode = '54000';
  end if;
  -- The first pattern is quick and finds few messages. Of these, only what stands outside of texts is a number.
  if message ~ '[0-9][eE][+-]?[0-9]{3,}[[:space:]]*[],}]'
    and regexp_replace(message, '"(?:[^"\\]|\\.)*"', '', 'g') ~ '[eE][+-]?0*(?:[4-9][0-9]{2}|[1-9][0-9]{3,})'
  then
    raise exception 'the message has a number with an exponent beyond 399' using errcode = '22003';
  end if;
  insert into pgmq.q_task_preferences (vt, message, headers)
  values (
    clock_timestamp(), content, case when sent_at is not null then jsonb_build_object('sent_at', left(sent_at, 40)) end
  )
  returning msg_id into message_id;
  return message_id;
end $$;
