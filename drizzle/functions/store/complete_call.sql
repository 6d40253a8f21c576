-- What was said of a call, with the facts of the call that other words about it said and it did not: its time, cost, propensity,
-- session and the like. Of several words that say a fact the first one in `others` counts. The verdict is its own
-- alone. Only of the same decision and model.
create or replace function winrate.complete_call(said winrate.task_preferences, others winrate.task_preferences[])
returns winrate.task_preferences
language sql stable as $$
  select coalesce(jsonb_populate_record(said, jsonb_object_agg(name, value order by place desc)), said)
  from (
    select place, name, value
    from generate_subscripts(others, 1) as place
    cross join lateral (select (others[place]).*) as other
    cross join lateral jsonb_each(
      to_jsonb(others[place]) - '{success,response_quality,feedback_text,failure,failure_kind,corrects}'::text[]
    ) as fact (name, value)
    where (said.task_type, said.model_name, said.provider, said.thinking_level)
        is not distinct from (other.task_type, other.model_name, other.provider, other.thinking_level)
      and coalesce(said.decision_id = other.decision_id, true)
      and value <> 'null'
    union all
    select 0, name, value from jsonb_each(to_jsonb(said)) as fact (name, value) where value <> 'null'
  ) as facts
$$;
