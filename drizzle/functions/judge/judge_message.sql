-- The outcomes of one message of the queue, of any shape: of each the row to store, or the reason to reject it.
-- `retimed` says that the row has another time than the outcome states.
create or replace function winrate.judge_message(
  place tid, sealed boolean, sender text, msg_id bigint, enqueued_at timestamptz,
  clock_ahead interval, columns jsonb, oldest timestamptz
)
returns table (
  ordinal integer, value jsonb, outcome winrate.task_preferences, reason text, retimed boolean
)
language sql stable as $$
  select
    element.ordinal, element.value, good,
    coalesce(tidy.problem, winrate.outcome_problem(good)),
    coalesce(good.occurred_at <> least((tidy.outcome ->> 'occurred_at')::timestamptz, now()), false)
  from pgmq.q_task_preferences as queued
  cross join lateral (
    select value, case when sealed then ordinality::integer end as ordinal
    from jsonb_array_elements(
      case when sealed then queued.message -> 'outcomes' else jsonb_build_array(queued.message) end
    ) with ordinality
  ) as element
  cross join lateral winrate.tidy_outcome(element.value, columns) as tidy
  cross join lateral winrate.read_outcomes(
    jsonb_build_array(tidy.outcome), sender, judge_message.msg_id, judge_message.enqueued_at,
    clock_ahead, oldest, element.ordinal - 1, true
  ) as good
  where queued.ctid = place
$$;
