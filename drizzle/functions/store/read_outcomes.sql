-- The outcomes of one message as rows of the table: the one place that lists their columns. Reads the usual
-- form of each value, and throws a data_exception on any other, unless they are tidy already (see
-- winrate.tidy_outcome). An outcome without an id is named by its decision and model. Without a decision, or as a
-- correction, it is named by its message and its place in the batch, which follows `before`; null says that it came
-- without a batch. Times are corrected by what the producer's clock was ahead; one before `oldest` gives way to the
-- queue's time, which also serves where there is none. Postgres inlines this function.
create or replace function winrate.read_outcomes(
  outcomes jsonb, sender text, msg_id bigint, enqueued_at timestamptz, clock_ahead interval,
  oldest timestamptz, before integer, tidy boolean
)
returns setof winrate.task_preferences
language sql stable as $$
  select
    id, decision_id, task_type, coalesce(model_name, selected_model),
    coalesce(provider, selected_provider, 'unknown'), thinking_level, prompt, prompt_hash, prompt_length,
    coalesce(response_quality, quality_score), success, response_time_ms, cost_usd,
    coalesce(instance_id, sender), feedback_text, failure, corrected_id, propensity, snapshot_version,
    least(
      case
        when time - clock_ahead >= oldest then time - clock_ahead
        -- Of those that come together, the later one happened later.
        when enqueued_at >= oldest then enqueued_at + coalesce(before + ordinality, 0) * interval '1 microsecond'
      end,
      now()
    ),
    now(),
    corrected_id is null and not (
      (select exists (select from winrate.outcome_corrections))
      and exists (select from winrate.outcome_corrections as correction where correction.corrected_id = id)
    ),
    answered_by, case when failure is not null then winrate.failure_kind(failure) end, session,
    winrate.uuid_time(decision_id) - clock_ahead, context, attempt, after, input_tokens, cache_read_tokens, output_tokens,
    arm, experiment, would_choose
  from (
    select
      *,
      case
        when outcome_id is null and decision_id is not null and corrects is null
        then winrate.decision_outcome_id(
          decision_id, coalesce(provider, selected_provider), coalesce(model_name, selected_model), thinking_level,
          coalesce(instance_id, sender)
        )
        when outcome_id is null then winrate.message_outcome_id(enqueued_at, msg_id, (before + ordinality)::integer)
        when outcome_id like '________-____-____-____-____________' then outcome_id::uuid
      end as id,
      case when corrects like '________-____-____-____-____________' then corrects::uuid end as corrected_id,
      case
        when tidy or occurred_at like '20__-__-__T__:__:__.___Z' or winrate.is_time(occurred_at)
        then occurred_at::timestamptz
      end as time
    from rows from (jsonb_to_recordset(outcomes) as (
      outcome_id text, decision_id text, task_type text, model_name text, selected_model text,
      provider text, selected_provider text, thinking_level text, prompt text, prompt_hash text,
      prompt_length integer, response_quality double precision, quality_score double precision,
      success boolean, response_time_ms double precision, cost_usd double precision, instance_id text,
      feedback_text text, failure text, corrects text, propensity double precision,
      snapshot_version bigint, occurred_at text, answered_by text, session text,
      context text, attempt integer, after text, input_tokens integer, cache_read_tokens integer, output_tokens integer,
      arm text, experiment text, would_choose text
    )) with ordinality
    -- Keeps each cast from being done again wherever its result is used.
    offset 0
  ) as field
  where tidy
    or (
      id is not null
      and (corrects is null or corrected_id is not null)
      -- To be counted as another time than the outcome states.
      and (time - clock_ahead >= oldest) is not false
      and (encode(decode(prompt_hash, 'hex'), 'hex') = prompt_hash) is not false
      and (encode(decode(session, 'hex'), 'hex') = session) is not false
      and case
        when occurred_at is null then true
        -- Postgres reads other texts of this form, too: a time is what Postgres writes alike. A quarter of
        -- what winrate.is_time costs.
        when occurred_at like '20__-__-__T__:__:__.___Z'
        then (time + interval '1 microsecond')::text = replace(left(occurred_at, 23), 'T', ' ') || '001+00'
        else time is not null
      end
      -- What winrate.plain_types lets pass.
      and (
        winrate.is_plain_name(coalesce(model_name, selected_model))
        and winrate.is_plain_name(coalesce(provider, selected_provider))
        and winrate.is_plain_name(thinking_level)
        and winrate.is_plain_name(answered_by)
        and (instance_id is not distinct from sender or winrate.is_plain_name(instance_id))
        and task_type not in ('true', 'false')
      ) is not false
      and (
        decision_id like '[%]' or prompt like '["%"]' or prompt = '[]'
        or feedback_text like '[%]' or failure like '[%]' or after like '[%]' or would_choose like '[%]'
      ) is not true
    ) is true
    or winrate.not_plain(ordinality)
  -- Lets winrate.outcome_problem, which takes a row, be inlined too.
  offset 0
$$;
