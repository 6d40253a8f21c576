-- The outcomes of one message, and of each whether it is plain. Throws a data_exception on values that
-- are not even readable. A stored function of one statement is part of the query that calls it.
create or replace function winrate.read_outcomes(
  outcomes jsonb, sender text, enqueued_at timestamptz,
  first_id uuid, last_id uuid, oldest timestamptz
)
returns table (
  outcome_id uuid, decision_id text, task_type text, model_name text, provider text,
  thinking_level text, prompt text, prompt_hash text, prompt_length integer,
  response_quality double precision, success boolean, response_time_ms double precision,
  cost_usd double precision, instance_id text, feedback_text text, failure text, corrects uuid,
  propensity double precision, snapshot_version bigint, occurred_at timestamptz, ordinal bigint,
  plain boolean
)
language sql stable as $$
  select
    id, decision_id, task_type, model_name, coalesce(provider, 'unknown'), thinking_level, prompt,
    prompt_hash, prompt_length, response_quality, success, response_time_ms, cost_usd,
    coalesce(instance_id, sender), feedback_text, failure, corrected_id, propensity, snapshot_version,
    coalesce(time, enqueued_at), ordinal,
    (
      success is not null
      and (
        outcome_id is null
        or id is not null and (id between first_id and last_id or substr(outcome_id, 15, 1) <> '7')
      )
      and (
        task_type in ('architecture', 'coding', 'refactoring', 'analysis', 'research', 'planning', 'chat')
        or winrate.is_task_type(task_type) and task_type not in ('true', 'false')
      )
      and winrate.is_plain_name(model_name, 200)
      and (coalesce(instance_id, sender) = sender or winrate.is_plain_name(instance_id, 200))
      and coalesce(time, enqueued_at) >= oldest
    ) is true
    -- What may be left out.
    and (
      winrate.is_plain_name(provider, 100)
      and winrate.is_plain_name(thinking_level, 40)
      and (response_quality between 1e-100 and 1 or response_quality = 0)
      and (response_time_ms between 1e-100 and 86400000 or response_time_ms = 0)
      and (cost_usd between 1e-100 and 1000000 or cost_usd = 0)
      and propensity between 1e-100 and 1
      and snapshot_version between 0 and 9007199254740991
      and prompt_length >= 0
      and octet_length(decision_id) <= 100
      and octet_length(failure) <= 40
      and octet_length(prompt) <= 65536
      and octet_length(feedback_text) <= 16384
      and octet_length(prompt_hash) = 64
      and encode(decode(prompt_hash, 'hex'), 'hex') = prompt_hash
      and corrected_id <> id
      -- Postgres reads other texts as times, too: only one that it would write like that is plain.
      and (time + interval '1 microsecond')::text = replace(left(occurred_at, 23), 'T', ' ') || '001+00'
    ) is not false
    and (corrects is null or corrected_id is not null and id is not null)
    and (occurred_at is null or time is not null)
  from (
    select
      case when outcome_id like '________-____-____-____-____________' then outcome_id::uuid end as id,
      outcome_id, decision_id, task_type,
      coalesce(model_name, selected_model) as model_name,
      coalesce(provider, selected_provider) as provider,
      thinking_level, prompt, prompt_hash, prompt_length,
      coalesce(response_quality, quality_score) as response_quality,
      success, response_time_ms, cost_usd, instance_id, feedback_text, failure,
      case when corrects like '________-____-____-____-____________' then corrects::uuid end as corrected_id,
      corrects, propensity, snapshot_version,
      case when occurred_at like '20__-__-__T__:__:__.___Z' then occurred_at::timestamptz end as time,
      occurred_at, ordinal
    from rows from (jsonb_to_recordset(outcomes) as (
      outcome_id text, decision_id text, task_type text, model_name text, selected_model text,
      provider text, selected_provider text, thinking_level text, prompt text, prompt_hash text,
      prompt_length integer, response_quality double precision, quality_score double precision,
      success boolean, response_time_ms double precision, cost_usd double precision, instance_id text,
      feedback_text text, failure text, corrects text, propensity double precision,
      snapshot_version bigint, occurred_at text
    )) with ordinality as field (
      outcome_id, decision_id, task_type, model_name, selected_model, provider, selected_provider,
      thinking_level, prompt, prompt_hash, prompt_length, response_quality, quality_score, success,
      response_time_ms, cost_usd, instance_id, feedback_text, failure, corrects, propensity,
      snapshot_version, occurred_at, ordinal
    )
    -- Keeps each cast from being done again wherever its result is used.
    offset 0
  ) as field
$$;
