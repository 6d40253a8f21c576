-- One outcome of any shape: the row to store, or the reason to reject it.
create or replace function winrate.judge_outcome(
  value jsonb, columns jsonb, sender text, msg_id bigint, enqueued_at timestamptz, ordinal integer,
  first_id uuid, last_id uuid, oldest timestamptz
)
returns table (outcome winrate.task_preferences, reason text)
language sql stable as $$
  select
    given.good,
    coalesce(tidy.problem, winrate.outcome_problem(given.good, first_id, last_id, oldest))
  from winrate.tidy_outcome(value, columns) as tidy
  cross join lateral (
    select good
    from winrate.read_outcomes(
      jsonb_build_array(tidy.outcome), sender, msg_id, enqueued_at, ordinal - 1, true
    ) as good
    offset 0
  ) as given
$$;
