-- The outcomes of one message of the queue, of any shape: of each the row to store, or the reason to reject it.
create or replace function winrate.judge_message(
  place tid, sealed boolean, sender text, msg_id bigint, enqueued_at timestamptz, columns jsonb,
  first_id uuid, last_id uuid, oldest timestamptz
)
returns table (ordinal integer, value jsonb, outcome winrate.task_preferences, reason text)
language sql stable as $$
  select
    element.ordinal, element.value, good,
    coalesce(tidy.problem, winrate.outcome_problem(good, first_id, last_id, oldest))
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
    element.ordinal - 1, true
  ) as good
  where queued.ctid = place
$$;
