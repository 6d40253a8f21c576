-- Whether each field of all these outcomes that must be a text, a number or a boolean is one, or null or
-- absent: in a jsonpath what cannot be compared makes the answer unknown. Asked once a message, it costs a
-- third of asking field by field. Only lists pass, which winrate.read_outcomes finds.
create or replace function winrate.is_plainly_typed(outcomes jsonb) returns boolean
language sql immutable parallel safe as $$
  select jsonb_path_match(
    outcomes,
    '$[*].success > true || $[*].response_quality < 0 || $[*].quality_score < 0
      || $[*].response_time_ms < 0 || $[*].cost_usd < 0 || $[*].propensity < 0
      || $[*].prompt_length < 0 || $[*].snapshot_version < 0
      || $[*].decision_id < "" || $[*].task_type < "" || $[*].model_name < "" || $[*].selected_model < ""
      || $[*].provider < "" || $[*].selected_provider < "" || $[*].thinking_level < "" || $[*].prompt < ""
      || $[*].prompt_hash < "" || $[*].instance_id < "" || $[*].feedback_text < "" || $[*].failure < ""'
  ) is false
$$;
