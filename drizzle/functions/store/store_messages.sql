-- Stores or rejects all outcomes of these messages of the queue, which the caller has locked, in one
-- statement. With `tolerant`, whatever they are. Without, it throws a data_exception when an outcome of
-- what looks like a plain message turns out not to be plain. With `expect_repeats`, whichever are stored
-- already. Without, it throws a unique_violation when such a one does not show beforehand.
create or replace function winrate.store_messages(
  places tid[], tolerant boolean, expect_repeats boolean, retention interval
)
returns table (
  messages bigint, stored bigint, duplicates bigint, rejected bigint, corrections bigint,
  tolerated bigint
)
language plpgsql
-- The plan is kept, and must suit a queue that is empty when it is made and deep later: no table is ever
-- read whole. winrate.read_outcomes compares times as they are written in UTC.
set enable_seqscan = off set plan_cache_mode = force_generic_plan set jit = off set work_mem = '16MB'
set timezone = 'UTC' set datestyle = 'ISO'
as $$
#variable_conflict use_column
declare
  oldest timestamptz := now() - retention;
  first_id uuid := winrate.uuid_floor(now() - retention);
  last_id uuid := winrate.uuid_floor(now() + interval '1 day');
  any_corrected boolean := exists (select from winrate.outcome_corrections);
begin
  return query
  -- Each scan of what is materialized copies it, so the large outcomes are only where they are read.
  with messages as materialized (
    select
      place, msg_id, enqueued_at, sealed, batch_id, instance_id, session_id, sdk, dropped, reason,
      sender, plain,
      case when plain then outcomes end as outcomes,
      case when plain then jsonb_array_length(outcomes) else 0 end as plain_outcomes,
      case when plain then (outcomes -> 0 ->> 'outcome_id')::uuid end as first_outcome_id
    from (
      select
        *,
        case
          when tolerant or reason is not null then false
          else winrate.is_plainly_written(outcomes) and winrate.is_plainly_typed(outcomes)
        end as plain,
        case when winrate.is_name(instance_id, 200) then instance_id end as sender
      from (
        select
          place,
          msg_id,
          enqueued_at,
          sealed,
          case when sealed then message -> 'outcomes' else jsonb_build_array(message) end as outcomes,
          case when sealed then left(winrate.json_text(message -> 'batch_id'), 100) end as batch_id,
          case when sealed then winrate.json_text(message -> 'instance_id') end as instance_id,
          case when sealed then winrate.json_uuid(message -> 'session_id') end as session_id,
          case when sealed then winrate.json_text(message -> 'sdk') end as sdk,
          case when sealed then message -> 'dropped' end as dropped,
          case
            when jsonb_typeof(message) <> 'object' then 'message_not_object'
            when sealed then
              case
                when message -> 'format' is distinct from '1'::jsonb then 'format_unknown'
                when jsonb_typeof(message -> 'outcomes') <> 'array' then 'outcomes_not_array'
                when jsonb_array_length(message -> 'outcomes') > 10000 then 'outcomes_too_many'
              end
          end as reason
        from (
          select *, jsonb_typeof(message) = 'object' and message ? 'outcomes' as sealed
          from (
            select
              ctid as place,
              msg_id,
              -- A producer that writes the table itself may leave the message out or make its time up.
              least(greatest(enqueued_at, '2000-01-01 00:00Z'), '2100-01-01 00:00Z') as enqueued_at,
              -- The empty path unpacks a large message once, not anew for each field that is read.
              coalesce(message #> '{}', 'null') as message
            from pgmq.q_task_preferences
            where ctid = any (places)
            offset 0
          ) as queued
          offset 0
        ) as message
        offset 0
      ) as envelope
      offset 0
    ) as judged
  ),
  envelopes as materialized (
    select place, msg_id, enqueued_at, sealed, batch_id, instance_id, session_id, sdk, dropped, reason,
      sender, plain, plain_outcomes, first_outcome_id
    from messages
  ),
  elements as (
    select envelope.msg_id, envelope.enqueued_at, envelope.batch_id, envelope.instance_id,
      case when envelope.sealed then element.ordinal::integer end as ordinal, element.value
    from envelopes as envelope
    join pgmq.q_task_preferences as queued on queued.ctid = envelope.place
    cross join lateral jsonb_array_elements(
      case
        when envelope.sealed then queued.message -> 'outcomes'
        else jsonb_build_array(queued.message)
      end
    ) with ordinality as element (value, ordinal)
    where not envelope.plain and envelope.reason is null
  ),
  parsed_outcomes as materialized (
    select
      element.msg_id, element.enqueued_at, element.batch_id, element.ordinal, element.value,
      field.outcome_id is not null as outcome_id_given,
      case
        when field.outcome_id is null
        then winrate.message_outcome_id(element.enqueued_at, element.msg_id, element.ordinal)
        else winrate.json_uuid(field.outcome_id)
      end as outcome_id,
      field.decision_id,
      winrate.json_text(field.task_type) as task_type,
      winrate.json_text(coalesce(field.model_name, field.selected_model)) as model_name,
      coalesce(field.provider, field.selected_provider) as provider_given,
      winrate.json_text(coalesce(field.provider, field.selected_provider)) as provider,
      field.thinking_level as thinking_level_given,
      winrate.json_text(field.thinking_level) as thinking_level,
      field.prompt,
      field.prompt_hash,
      field.prompt_length as prompt_length_given,
      winrate.json_integer(field.prompt_length, 2147483647)::integer as prompt_length,
      coalesce(field.response_quality, field.quality_score) as quality_given,
      winrate.json_number(coalesce(field.response_quality, field.quality_score), 0, 1) as response_quality,
      case field.success when 'true'::jsonb then true when 'false'::jsonb then false end as success,
      field.response_time_ms as response_time_given,
      winrate.json_number(field.response_time_ms, 0, 86400000) as response_time_ms,
      field.cost_usd as cost_given,
      winrate.json_number(field.cost_usd, 0, 1000000) as cost_usd,
      coalesce(winrate.json_text(field.instance_id), element.instance_id) as instance_id,
      field.feedback_text,
      field.failure,
      field.corrects as corrects_given,
      winrate.json_uuid(field.corrects) as corrects,
      field.propensity as propensity_given,
      winrate.json_number(field.propensity, 0, 1) as propensity,
      field.snapshot_version as snapshot_version_given,
      winrate.json_integer(field.snapshot_version, 9007199254740991) as snapshot_version,
      field.occurred_at as occurred_at_given,
      case
        when field.occurred_at is null then element.enqueued_at
        else winrate.json_timestamp(field.occurred_at)
      end as occurred_at
    from elements as element
    cross join lateral jsonb_to_record(
      case when jsonb_typeof(element.value) = 'object' then element.value else '{}' end
    ) as field (
      outcome_id jsonb, decision_id text, task_type jsonb, model_name jsonb, selected_model jsonb,
      provider jsonb, selected_provider jsonb, thinking_level jsonb, prompt text, prompt_hash text,
      prompt_length jsonb, response_quality jsonb, quality_score jsonb, success jsonb,
      response_time_ms jsonb, cost_usd jsonb, instance_id jsonb, feedback_text text, failure text,
      corrects jsonb, propensity jsonb, snapshot_version jsonb, occurred_at jsonb
    )
  ),
  judged_outcomes as materialized (
    select
      parsed.*,
      case
        when jsonb_typeof(value) <> 'object' then 'outcome_not_object'
        when coalesce(not winrate.is_task_type(task_type), true) then 'task_type_invalid'
        when coalesce(not winrate.is_name(model_name, 200), true) then 'model_name_invalid'
        when success is null then 'success_invalid'
        when coalesce(not winrate.is_name(instance_id, 200), true) then 'instance_id_invalid'
        when outcome_id is null then 'outcome_id_invalid'
        when outcome_id_given
          and substr(outcome_id::text, 15, 1) = '7'
          and outcome_id not between first_id and last_id
          then 'outcome_id_time_out_of_range'
        when provider_given is not null and coalesce(not winrate.is_name(provider, 100), true)
          then 'provider_invalid'
        when thinking_level_given is not null
          and coalesce(not winrate.is_name(thinking_level, 40), true)
          then 'thinking_level_invalid'
        when quality_given is not null and response_quality is null then 'response_quality_invalid'
        when response_time_given is not null and response_time_ms is null then 'response_time_ms_invalid'
        when cost_given is not null and cost_usd is null then 'cost_usd_invalid'
        when propensity_given is not null and coalesce(propensity <= 0, true) then 'propensity_invalid'
        when snapshot_version_given is not null and snapshot_version is null
          then 'snapshot_version_invalid'
        when occurred_at is null then 'occurred_at_invalid'
        when occurred_at < oldest then 'occurred_at_too_old'
        when corrects_given is not null and (corrects is null or corrects = outcome_id)
          then 'corrects_invalid'
        when length(decision_id) > 100 then 'decision_id_invalid'
        when length(failure) > 40 then 'failure_invalid'
        when length(prompt_hash) <> 64 or translate(prompt_hash, '0123456789abcdef', '') <> '' then 'prompt_hash_invalid'
        when prompt_length_given is not null and prompt_length is null then 'prompt_length_invalid'
        when length(prompt) > 65536 then 'prompt_too_long'
        when length(feedback_text) > 16384 then 'feedback_text_too_long'
      end as reason
    from parsed_outcomes as parsed
  ),
  good_outcomes as not materialized (
    select
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version,
      least(occurred_at, now()) as occurred_at,
      corrects is null and (not any_corrected or not exists (
        select from winrate.outcome_corrections as correction
        where correction.corrected_id = good.outcome_id
      )) as counted
    from (
      select
        coalesce(
          outcome_id,
          winrate.message_outcome_id(
            message.enqueued_at, msg_id, case when sealed then outcome.ordinal::integer end
          )
        ) as outcome_id,
        decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
        prompt_length, response_quality, success, response_time_ms, cost_usd, outcome.instance_id,
        feedback_text, failure, corrects, propensity, snapshot_version, occurred_at
      from messages as message
      cross join lateral winrate.read_outcomes(
        message.outcomes, message.sender, message.enqueued_at, first_id, last_id, oldest
      ) as outcome
      where message.plain and (outcome.plain or winrate.must_be_plain(outcome.plain))
      union all
      select
        outcome_id, decision_id, task_type, model_name, coalesce(provider, 'unknown'), thinking_level,
        prompt, prompt_hash, prompt_length, response_quality, success, response_time_ms, cost_usd,
        instance_id, feedback_text, failure, corrects, propensity, snapshot_version, occurred_at
      from judged_outcomes
      where reason is null
    ) as good
  ),
  first_outcomes as materialized (
    select
      array_agg(first_outcome_id order by first_outcome_id) as ids,
      count(distinct first_outcome_id) < count(*) as any_twice
    from envelopes
    where first_outcome_id is not null
  ),
  -- Whether some of these outcomes may be stored already, going by the first of each message: who sends
  -- again sends a whole message again. A guess, too: where it misses one, the statement throws.
  repeats as materialized (
    select
      expect_repeats
        or any_twice
        or exists (select from envelopes where not plain)
        or exists (
          select from winrate.task_preferences
          -- The range tells which partitions to look into.
          where outcome_id = any (ids) and outcome_id between ids[1] and ids[cardinality(ids)]
        ) as likely
    from first_outcomes
  ),
  -- In order of the key, as every consumer does it, so that none waits for another in a circle. To be
  -- ready for a conflict at each row is an eighth of all work: so one of these two does it, the
  -- other does not, and one of them stores nothing.
  new_outcomes as (
    insert into winrate.task_preferences (
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version, occurred_at, counted
    )
    select
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version, occurred_at, counted
    from good_outcomes
    where (select likely from repeats) is not true
    order by outcome_id
    returning task_type, model_name, provider, thinking_level, instance_id, success,
      response_quality, response_time_ms, cost_usd, failure, corrects, outcome_id, occurred_at, counted
  ),
  maybe_new_outcomes as (
    insert into winrate.task_preferences (
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version, occurred_at, counted
    )
    select
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version, occurred_at, counted
    from good_outcomes
    where (select likely from repeats)
    order by outcome_id
    on conflict (outcome_id) do nothing
    returning task_type, model_name, provider, thinking_level, instance_id, success,
      response_quality, response_time_ms, cost_usd, failure, corrects, outcome_id, occurred_at, counted
  ),
  stored_outcomes as not materialized (
    select * from new_outcomes
    union all
    select * from maybe_new_outcomes
  ),
  totals as materialized (
    select count(*) as stored, count(corrects) as corrections from stored_outcomes
  ),
  noted_increments as (
    insert into winrate.rollup_increments (
      hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
    )
    select
      -- What date_trunc gives, which would look the time zone up for every outcome.
      date_bin('1 hour', occurred_at, '2000-01-01 00:00Z'), task_type, model_name, provider,
      coalesce(thinking_level, ''), instance_id,
      case when failed_in_transport then 0 else count(*) end,
      case when failed_in_transport then 0 else count(*) filter (where success) end,
      case when failed_in_transport then count(*) else 0 end,
      case when failed_in_transport then 0 else coalesce(sum(response_quality), 0) end,
      case when failed_in_transport then 0 else count(response_quality) end,
      case when failed_in_transport then 0 else coalesce(sum(response_time_ms), 0) end,
      case when failed_in_transport then 0 else count(response_time_ms) end,
      case when failed_in_transport then 0 else coalesce(sum(cost_usd), 0) end,
      case when failed_in_transport then 0 else count(cost_usd) end
    from (
      select *, failure is not distinct from 'transport' as failed_in_transport
      from stored_outcomes
    ) as stored_outcome
    where counted
    group by 1, 2, 3, 4, 5, 6, failed_in_transport
  ),
  rejected_ones as (
    insert into winrate.rejected_outcomes (
      reason, message_id, enqueued_at, ordinal, batch_id, instance_id, payload
    )
    select reason, msg_id, enqueued_at, ordinal, batch_id, left(instance_id, 200), value
    from judged_outcomes
    where reason is not null
    union all
    select envelope.reason, envelope.msg_id, envelope.enqueued_at, null, batch_id, left(instance_id, 200),
      coalesce(queued.message, 'null')
    from envelopes as envelope
    join pgmq.q_task_preferences as queued on queued.ctid = envelope.place
    where envelope.reason is not null
    returning 1
  ),
  noted_corrections as (
    insert into winrate.outcome_corrections (corrected_id, outcome_id)
    select corrects, outcome_id
    from stored_outcomes
    where corrects is not null and (select corrections from totals) > 0
    order by corrects, outcome_id
    on conflict (corrected_id, outcome_id) do nothing
    returning 1
  ),
  seen_sessions as (
    insert into winrate.instance_sessions as known (instance_id, session_id, sdk, dropped)
    select
      sender, session_id, coalesce(left(max(sdk), 100), 'unknown'),
      case
        when bool_and(dropped = '{}') then '{}'
        else winrate.greatest_counts(array_agg(dropped))
      end
    from envelopes
    where session_id is not null and reason is null and sender is not null
    group by sender, session_id
    order by sender, session_id
    on conflict (instance_id, session_id) do update set
      sdk = excluded.sdk,
      dropped = case
        when excluded.dropped in ('{}', known.dropped) then known.dropped
        else winrate.greatest_counts(array[known.dropped, excluded.dropped])
      end,
      last_seen_at = now()
  )
  select
    (select count(*) from envelopes),
    (select stored from totals),
    (select coalesce(sum(plain_outcomes), 0) from envelopes)
      + (select count(*) from judged_outcomes where reason is null)
      - (select stored from totals),
    (select count(*) from rejected_ones),
    (select count(*) from noted_corrections),
    (select count(*) from envelopes where not plain);
end $$;
