-- The rules of a valid outcome: why this one must not be stored, or null. The limits are those of the
-- contracts (limits.ts); test/ingest/outcome-rules.test.ts holds both to the same table. That each value is of
-- its column's type, and no integer negative, was judged before: by winrate.tidy_outcome, or by
-- winrate.plain_types for a whole message; there, too, that the outcome says whether it succeeded: null says that nobody
-- knows. Only what is required rejects: see winrate.judge_outcome.
create or replace function winrate.outcome_problem(
  o winrate.task_preferences
)
returns text
language sql stable parallel safe as $$
  select case
    when (
      o.task_type in ('architecture', 'coding', 'refactoring', 'analysis', 'research', 'planning', 'chat')
      or winrate.is_task_type(o.task_type)
    ) is not true then 'task_type_invalid'
    when winrate.is_text(o.model_name, 1, 200) is not true then 'model_name_invalid'
    when winrate.is_text(o.instance_id, 1, 200) is not true then 'instance_id_invalid'
    when o.corrects = o.outcome_id then 'corrects_invalid'
    when not winrate.is_text(o.decision_id, 1, 100) then 'decision_id_invalid'
    when not winrate.is_text(o.provider, 1, 100) then 'provider_invalid'
    when not winrate.is_text(o.thinking_level, 1, 40) then 'thinking_level_invalid'
    when not winrate.is_text(o.failure, 1, winrate.longest_text('failure')) then 'failure_invalid'
    when not winrate.is_text(o.prompt, 0, winrate.longest_text('prompt')) then 'prompt_invalid'
    when not winrate.is_text(o.feedback_text, 0, winrate.longest_text('feedback_text')) then 'feedback_text_invalid'
    when octet_length(o.prompt_hash) <> 64 then 'prompt_hash_invalid'
    when o.response_quality not between 0 and 1 then 'response_quality_invalid'
    when o.response_time_ms not between 0 and 86400000 then 'response_time_ms_invalid'
    when o.cost_usd not between 0 and 1000000 then 'cost_usd_invalid'
    when o.propensity <= 0 or o.propensity > 1 then 'propensity_invalid'
    when o.snapshot_version > 9007199254740991 then 'snapshot_version_invalid'
    when not winrate.is_text(o.answered_by, 1, 200) then 'answered_by_invalid'
    when octet_length(o.session) <> 16 then 'session_invalid'
    when o.context collate "C" !~ '^[a-z][a-z0-9_-]{0,30}-[0-9a-f]{8}( [a-z][a-z0-9_-]{0,30}-[0-9a-f]{8}){0,2}$'
    then 'context_invalid'
    when o.attempt < 1 then 'attempt_invalid'
    when not winrate.is_text(o.after, 1, winrate.longest_text('after')) then 'after_invalid'
    when not winrate.is_text(o.would_choose, 1, 600) then 'would_choose_invalid'
    when o.input_tokens > 100000000 then 'input_tokens_invalid'
    when o.cache_read_tokens > 100000000 then 'cache_read_tokens_invalid'
    when o.output_tokens > 100000000 then 'output_tokens_invalid'
    when o.arm not in ('holdout', 'learned') then 'arm_invalid'
    when o.experiment collate "C" !~ '^[0-9a-f]{8}$' then 'experiment_invalid'
  end
$$;
