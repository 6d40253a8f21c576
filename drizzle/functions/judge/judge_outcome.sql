-- One outcome of any shape: the row to store and the fields that were left out of it, because they could not be read
-- or are beyond a limit; or the reason to reject it. What a reference says of the call comes before what stands beside it. One
-- that cannot be read is left out, and rejects the outcome where nothing else names its call. As readOutcome of
-- contracts/outcome/read-outcome.ts.
create or replace function winrate.judge_outcome(
  value jsonb, sender text, msg_id bigint, enqueued_at timestamptz, clock_ahead interval, oldest timestamptz,
  before integer, columns jsonb
)
returns table (outcome winrate.task_preferences, reason text, left_out text[])
language plpgsql stable as $$
declare
  given constant jsonb := case
    when jsonb_typeof(value) = 'object' and value ? 'reference' then winrate.resolve_reference(value) else value
  end;
  has_unread constant boolean := coalesce(
    jsonb_typeof(given) = 'object' and given -> 'reference' <> 'null', false
  );
  tidy record;
  fields jsonb;
  field text;
begin
  select * into tidy from winrate.tidy_outcome(given, columns);
  fields := tidy.outcome;
  left_out := tidy.left_out || case when has_unread then '{reference}'::text[] else '{}' end;
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
  if has_unread and reason in ('task_type_invalid', 'model_name_invalid', 'instance_id_invalid') then
    reason := 'reference_invalid';
  end if;
  return next;
end $$;
