-- One outcome of any shape: the row to store and the fields that were left out of it, because they could not be read
-- or are beyond a limit; or the reason to reject it. As readOutcome of contracts/outcome/read-outcome.ts.
create or replace function winrate.judge_outcome(
  value jsonb, sender text, msg_id bigint, enqueued_at timestamptz, clock_ahead interval, oldest timestamptz,
  before integer, columns jsonb
)
returns table (outcome winrate.task_preferences, reason text, left_out text[])
language plpgsql stable as $$
declare
  tidy record;
  fields jsonb;
  field text;
begin
  select * into tidy from winrate.tidy_outcome(value, columns);
  fields := tidy.outcome;
  left_out := tidy.left_out;
  loop
    select good.* into outcome
    from winrate.read_outcomes(
      jsonb_build_array(fields), sender, msg_id, enqueued_at, clock_ahead, oldest, before, true
    ) as good;
    reason := coalesce(tidy.problem, winrate.outcome_problem(outcome));
    field := substring(reason from '^(.*)_invalid$');
    exit when field is null or winrate.is_required(field) or not fields ? field;
    fields := fields - field;
    left_out := left_out || field;
  end loop;
  return next;
end $$;
