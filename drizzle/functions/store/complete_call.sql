-- What was said later of a call, with the facts of the call that were said earlier and not again: its time, cost, propensity,
-- session and the like. The verdict is the later one's alone. Only of the same decision and model.
create or replace function winrate.complete_call(said winrate.task_preferences, earlier winrate.task_preferences)
returns winrate.task_preferences
language sql stable as $$
  select case
    when (said.task_type, said.model_name, said.provider, said.thinking_level)
      is not distinct from (earlier.task_type, earlier.model_name, earlier.provider, earlier.thinking_level)
      and coalesce(said.decision_id = earlier.decision_id, true)
    then jsonb_populate_record(
      said,
      to_jsonb(earlier)
        - '{success,response_quality,feedback_text,failure,failure_kind,corrects}'::text[]
        || jsonb_strip_nulls(to_jsonb(said))
    )
    else said
  end
$$;
