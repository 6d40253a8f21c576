-- The outcomes of one message of the queue, of any shape: of each the row to store with the fields that were left out of
-- it, or the reason to reject it. `retimed` says that the row has another time than the outcome states.
create or replace function winrate.judge_message(
  place tid, sealed boolean, sender text, msg_id bigint, enqueued_at timestamptz,
  clock_ahead interval, columns jsonb, oldest timestamptz
)
returns table (
  ordinal integer, value jsonb, outcome winrate.task_preferences, reason text, left_out text[], retimed boolean
)
language sql stable as $$
  select
    element.ordinal, element.value, judged.outcome, judged.reason, judged.left_out,
    stated.time is not null and (judged.outcome).occurred_at <> least(stated.time, now())
  from pgmq.q_task_preferences as queued
  cross join lateral (
    select value, case when sealed then ordinality::integer end as ordinal
    from jsonb_array_elements(
      case when sealed then queued.message -> 'outcomes' else jsonb_build_array(queued.message) end
    ) with ordinality
  ) as element
  cross join lateral winrate.judge_outcome(
    element.value, sender, judge_message.msg_id, judge_message.enqueued_at, clock_ahead, oldest,
    element.ordinal - 1, columns
  ) as judged
  cross join lateral (select winrate.json_time(element.value -> 'occurred_at') as time offset 0) as stated
  where queued.ctid = place
$$;
