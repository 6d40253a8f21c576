-- The way of outcomes from the queue into the tables. One call of winrate.ingest_messages is one
-- statement and one transaction: whatever happens, a message is either still in the queue or all of
-- its outcomes are stored or rejected, never both and never neither.

-- Parsers that answer null instead of throwing, because a statement that throws would meet the same
-- messages for ever.
create function winrate.json_text(value jsonb) returns text
language sql immutable parallel safe
return case when jsonb_typeof(value) = 'string' then value #>> '{}' end;

-- Rounded to 12 decimals: a number that is too small for a double would throw.
create function winrate.json_number(value jsonb, lowest numeric, highest numeric) returns double precision
language sql immutable parallel safe
return case
  when jsonb_typeof(value) = 'number' then
    case when value::numeric between lowest and highest then round(value::numeric, 12)::double precision end
end;

create function winrate.json_integer(value jsonb, highest bigint) returns bigint
language sql immutable parallel safe
return case
  when jsonb_typeof(value) = 'number' then
    case
      when value::numeric between 0 and highest and trunc(value::numeric) = value::numeric
      then value::numeric::bigint
    end
end;

-- Regular expressions are the dearest part of validation, so the usual form is told by cheaper means.
create function winrate.json_uuid(value jsonb) returns uuid
language sql immutable parallel safe
return case
  when jsonb_typeof(value) = 'string' then
    case
      when value #>> '{}' like '________-____-____-____-____________'
        and translate(value #>> '{}', '0123456789abcdefABCDEF', '') = '----'
      then (value #>> '{}')::uuid
    end
end;

-- ISO 8601 with an offset, years 2000 to 2099, only days that exist. No \d: by some collations it takes
-- the digits of other scripts too, which no cast does.
create function winrate.parse_timestamp(value text) returns timestamptz
language sql stable parallel safe
return case
  when value ~ '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?([Zz]|[+-](0[0-9]|1[0-4]):?[0-5][0-9])$'
  then
    case
      when substr(value, 9, 2)::int <= extract(
        day from make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1)
          + interval '1 month' - interval '1 day'
      )
      then value::timestamptz
    end
end;

create function winrate.json_timestamp(value jsonb) returns timestamptz
language sql stable parallel safe
return case
  when jsonb_typeof(value) = 'string' then
    case
      when value #>> '{}' like '20__-__-__T__:__:__.___Z'
        and translate(value #>> '{}', '0123456789', '') = '--T::.Z'
        and substr(value #>> '{}', 6, 2) collate "C" between '01' and '12'
        and substr(value #>> '{}', 9, 2) collate "C" between '01' and '28'
        and substr(value #>> '{}', 12, 2) collate "C" <= '23'
        and substr(value #>> '{}', 15, 2) collate "C" <= '59'
        and substr(value #>> '{}', 18, 2) collate "C" <= '59'
      then (value #>> '{}')::timestamptz
      else winrate.parse_timestamp(value #>> '{}')
    end
end;

create function winrate.is_task_type(value text) returns boolean
language sql immutable parallel safe
return length(value) between 1 and 63
  and left(value, 1) collate "C" between 'a' and 'z'
  and translate(value, 'abcdefghijklmnopqrstuvwxyz0123456789_-', '') = '';

-- Whether a name is as long as the snapshot contract allows, which counts UTF-16 units: one that the
-- clients refuse would cost them the whole snapshot.
create function winrate.is_name(value text, longest integer) returns boolean
language sql immutable parallel safe
return case
  when length(value) not between 1 and longest then false
  when octet_length(value) <= longest then true
  else length(value) + length(regexp_replace(value, '[\u0001-\uffff]', '', 'g')) <= longest
end;

-- The id of an outcome that came without one: a UUID v7 made of when and as what its message was
-- queued and of its place therein, so that a redelivered message names the same outcomes.
create function winrate.message_outcome_id(enqueued_at timestamptz, message_id bigint, ordinal integer)
returns uuid
language sql immutable parallel safe
return (
  left(winrate.uuid_floor(enqueued_at)::text, 13)
  || '-7' || lpad(to_hex(coalesce(ordinal, 0) & 4095), 3, '0')
  || '-8' || lpad(to_hex(coalesce(ordinal, 0) >> 12), 3, '0')
  || '-' || lpad(to_hex(message_id & 281474976710655), 12, '0')
)::uuid;

-- Of several { name: count } the greatest count of each name. Totals only grow, so of what the batches of
-- a session say this is the newest, in whatever order they come.
create function winrate.greatest_counts(counts jsonb[]) returns jsonb
language sql immutable parallel safe
return (
  select coalesce(jsonb_object_agg(name, greatest_count), '{}')
  from (
    select name, max(winrate.json_integer(value, 9007199254740991)) as greatest_count
    from unnest(counts) as counted (names)
    cross join lateral jsonb_each(
      case when jsonb_typeof(names) = 'object' then names else '{}' end
    ) as entry (name, value)
    where length(name) between 1 and 40
    group by name
    having max(winrate.json_integer(value, 9007199254740991)) > 0
    order by name
    limit 50
  ) as greatest_counts
);

-- Moves up to max_messages from the queue into the tables. With only_message, that one alone and
-- whether or not it is visible. Consumers run side by side: each skips what another has locked.
create function winrate.ingest_messages(
  max_messages integer,
  retention interval,
  only_message bigint default null
)
returns table (messages bigint, stored bigint, duplicates bigint, rejected bigint, corrections bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  oldest timestamptz := now() - retention;
  first_id uuid := winrate.uuid_floor(now() - retention);
  last_id uuid := winrate.uuid_floor(now() + interval '1 day');
begin
  -- Corrections are applied while no batch is under way: see winrate.apply_corrections.
  perform pg_advisory_xact_lock_shared(hashtext('winrate.corrections'));
  return query
  with taken_messages as materialized (
    delete from pgmq.q_task_preferences
    where ctid = any (array(
      select ctid
      from pgmq.q_task_preferences
      where msg_id between coalesce(only_message, '-9223372036854775808')
          and coalesce(only_message, '9223372036854775807')
        and (vt <= clock_timestamp() or only_message is not null)
      order by msg_id
      limit max_messages
      for update skip locked
    ))
    -- A producer that writes the table itself may leave the message out or make its time up.
    returning msg_id,
      least(greatest(enqueued_at, '2000-01-01 00:00Z'), '2100-01-01 00:00Z') as enqueued_at,
      coalesce(message, 'null') as message
  ),
  -- Fields of the envelope are taken once a message, not once an outcome: each costs a detoast.
  envelopes as materialized (
    select
      msg_id,
      enqueued_at,
      message,
      jsonb_typeof(message) = 'object' and message ? 'outcomes' as sealed,
      message -> 'outcomes' as outcomes,
      left(winrate.json_text(message -> 'batch_id'), 100) as batch_id,
      winrate.json_text(message -> 'instance_id') as instance_id,
      case
        when jsonb_typeof(message) <> 'object' then 'message_not_object'
        when message ? 'outcomes' then
          case
            when message -> 'format' is distinct from '1'::jsonb then 'format_unknown'
            when jsonb_typeof(message -> 'outcomes') <> 'array' then 'outcomes_not_array'
            when jsonb_array_length(message -> 'outcomes') > 10000 then 'outcomes_too_many'
          end
      end as reason
    from taken_messages
  ),
  elements as (
    select envelope.msg_id, envelope.enqueued_at, envelope.batch_id, envelope.instance_id,
      element.ordinal::integer as ordinal, element.value
    from envelopes as envelope
    cross join lateral jsonb_array_elements(
      case when envelope.sealed and envelope.reason is null then envelope.outcomes else '[]' end
    ) with ordinality as element (value, ordinal)
    union all
    select msg_id, enqueued_at, null, null, null, message
    from envelopes
    where not sealed and reason is null
  ),
  parsed as materialized (
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
  judged as materialized (
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
    from parsed
  ),
  -- In order of the key, as every consumer does it, so that none waits for another in a circle.
  stored_outcomes as (
    insert into winrate.task_preferences (
      outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash,
      prompt_length, response_quality, success, response_time_ms, cost_usd, instance_id,
      feedback_text, failure, corrects, propensity, snapshot_version, occurred_at, counted
    )
    select
      outcome_id, decision_id, task_type, model_name, coalesce(provider, 'unknown'), thinking_level,
      prompt, prompt_hash, prompt_length, response_quality, success, response_time_ms, cost_usd,
      instance_id, feedback_text, failure, corrects, propensity, snapshot_version,
      least(occurred_at, now()),
      corrects is null and not exists (
        select from winrate.outcome_corrections as correction
        where correction.corrected_id = judged.outcome_id
      )
    from judged
    where reason is null
    order by outcome_id
    on conflict (outcome_id) do nothing
    returning outcome_id, task_type, model_name, provider, thinking_level, instance_id, success,
      response_quality, response_time_ms, cost_usd, failure, corrects, occurred_at, counted
  ),
  rolled_up as (
    insert into winrate.outcome_rollups as rollup (
      hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
    )
    select
      date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider,
      coalesce(thinking_level, ''), instance_id,
      count(*) filter (where failure is distinct from 'transport'),
      count(*) filter (where failure is distinct from 'transport' and success),
      count(*) filter (where failure = 'transport'),
      coalesce(sum(response_quality) filter (where failure is distinct from 'transport'), 0),
      count(response_quality) filter (where failure is distinct from 'transport'),
      coalesce(sum(response_time_ms) filter (where failure is distinct from 'transport'), 0),
      count(response_time_ms) filter (where failure is distinct from 'transport'),
      coalesce(sum(cost_usd) filter (where failure is distinct from 'transport'), 0),
      count(cost_usd) filter (where failure is distinct from 'transport')
    from stored_outcomes
    where counted
    group by 1, 2, 3, 4, 5, 6
    order by 1, 2, 3, 4, 5, 6
    on conflict (hour, task_type, model_name, provider, thinking_level, instance_id) do update set
      samples = rollup.samples + excluded.samples,
      successes = rollup.successes + excluded.successes,
      transport_failures = rollup.transport_failures + excluded.transport_failures,
      quality_sum = rollup.quality_sum + excluded.quality_sum,
      quality_count = rollup.quality_count + excluded.quality_count,
      response_time_sum_ms = rollup.response_time_sum_ms + excluded.response_time_sum_ms,
      response_time_count = rollup.response_time_count + excluded.response_time_count,
      cost_sum_usd = rollup.cost_sum_usd + excluded.cost_sum_usd,
      cost_count = rollup.cost_count + excluded.cost_count,
      updated_at = now()
  ),
  rejected_ones as (
    insert into winrate.rejected_outcomes (
      reason, message_id, enqueued_at, ordinal, batch_id, instance_id, payload
    )
    select reason, msg_id, enqueued_at, ordinal, batch_id, left(instance_id, 200), value
    from judged
    where reason is not null
    union all
    select reason, msg_id, enqueued_at, null, batch_id, left(instance_id, 200), message
    from envelopes
    where reason is not null
    returning 1
  ),
  noted_corrections as (
    insert into winrate.outcome_corrections (corrected_id, outcome_id)
    select corrects, outcome_id
    from stored_outcomes
    where corrects is not null
    order by corrects, outcome_id
    on conflict (corrected_id, outcome_id) do nothing
    returning 1
  ),
  seen_sessions as (
    insert into winrate.instance_sessions as known (instance_id, session_id, sdk, dropped)
    select
      instance_id, session_id, coalesce(left(max(sdk), 100), 'unknown'),
      winrate.greatest_counts(array_agg(dropped))
    from (
      select
        instance_id,
        winrate.json_uuid(message -> 'session_id') as session_id,
        winrate.json_text(message -> 'sdk') as sdk,
        message -> 'dropped' as dropped
      from envelopes
      where sealed and reason is null
    ) as session
    where session_id is not null and winrate.is_name(instance_id, 200)
    group by instance_id, session_id
    order by instance_id, session_id
    on conflict (instance_id, session_id) do update set
      sdk = excluded.sdk,
      dropped = winrate.greatest_counts(array[known.dropped, excluded.dropped]),
      last_seen_at = now()
  )
  select
    (select count(*) from taken_messages),
    (select count(*) from stored_outcomes),
    (select count(*) from judged where reason is null) - (select count(*) from stored_outcomes),
    (select count(*) from rejected_ones),
    (select count(*) from noted_corrections);
end $$;

-- Moves one message into the dead letters as it is: the last resort for what ingest_messages throws on.
create function winrate.reject_message(only_message bigint, because text) returns boolean
language sql as $$
  with taken_message as (
    delete from pgmq.q_task_preferences where msg_id = only_message
    returning msg_id, enqueued_at, message
  ),
  rejected_message as (
    insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, payload)
    select left(because, 500), msg_id, enqueued_at, coalesce(message, 'null') from taken_message
    returning 1
  )
  select exists (select from rejected_message);
$$;

-- Puts dead letters of one reason back into the queue, after what refused them was mended. A rejected
-- part of a sealed batch returns as a message of its own.
create function winrate.requeue_rejected(only_reason text, max_rows integer default 1000)
returns bigint
language sql as $$
  with taken as (
    delete from winrate.rejected_outcomes
    where (rejected_at, rejected_id) in (
      select rejected_at, rejected_id from winrate.rejected_outcomes
      where reason = only_reason
      order by rejected_id
      limit max_rows
      for update skip locked
    )
    returning rejected_id,
      case
        when ordinal is not null and jsonb_typeof(payload) = 'object' and not payload ? 'instance_id'
        then payload || jsonb_build_object('instance_id', instance_id)
        else payload
      end as payload
  ),
  sent as (
    select pgmq.send_batch('task_preferences', array_agg(payload order by rejected_id)) as message_id
    from taken
    having count(*) > 0
  )
  select count(*) from sent;
$$;

-- Lets each noted correction take the place of the outcome that it corrects, in the rollups too. Of
-- several corrections of one outcome the newest counts, whatever the order in which they arrived. No
-- batch is under way meanwhile, so an outcome and its correction cannot pass each other unseen.
create function winrate.apply_corrections(max_corrections integer default 1000) returns integer
language plpgsql as $$
declare
  applied integer;
begin
  if not exists (select from winrate.outcome_corrections where applied_at is null) then
    return 0;
  end if;
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  with pending as (
    select corrected_id, outcome_id
    from winrate.outcome_corrections
    where applied_at is null
    order by received_at, corrected_id, outcome_id
    limit max_corrections
  ),
  affected as (
    select corrected_id as outcome_id from pending
    union
    select rival.outcome_id
    from winrate.outcome_corrections as rival
    where rival.corrected_id in (select corrected_id from pending)
  ),
  judged as materialized (
    select
      outcome.outcome_id,
      outcome.counted,
      not exists (
        select from winrate.outcome_corrections as correction
        where correction.corrected_id = outcome.outcome_id
      )
      and not exists (
        select from winrate.outcome_corrections as rival
        where rival.corrected_id = outcome.corrects and rival.outcome_id > outcome.outcome_id
      ) as counts
    from winrate.task_preferences as outcome
    join affected on affected.outcome_id = outcome.outcome_id
  ),
  turned as (
    update winrate.task_preferences as outcome
    set counted = judged.counts
    from judged
    where outcome.outcome_id = judged.outcome_id and judged.counted <> judged.counts
    returning outcome.*, case when judged.counts then 1 else -1 end as sign
  ),
  rolled_up as (
    insert into winrate.outcome_rollups as rollup (
      hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
    )
    select
      date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider,
      coalesce(thinking_level, ''), instance_id,
      coalesce(sum(sign) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and success), 0),
      coalesce(sum(sign) filter (where failure = 'transport'), 0),
      coalesce(sum(sign * response_quality) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and response_quality is not null), 0),
      coalesce(sum(sign * response_time_ms) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and response_time_ms is not null), 0),
      coalesce(sum(sign * cost_usd) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and cost_usd is not null), 0)
    from turned
    group by 1, 2, 3, 4, 5, 6
    order by 1, 2, 3, 4, 5, 6
    on conflict (hour, task_type, model_name, provider, thinking_level, instance_id) do update set
      samples = rollup.samples + excluded.samples,
      successes = rollup.successes + excluded.successes,
      transport_failures = rollup.transport_failures + excluded.transport_failures,
      quality_sum = rollup.quality_sum + excluded.quality_sum,
      quality_count = rollup.quality_count + excluded.quality_count,
      response_time_sum_ms = rollup.response_time_sum_ms + excluded.response_time_sum_ms,
      response_time_count = rollup.response_time_count + excluded.response_time_count,
      cost_sum_usd = rollup.cost_sum_usd + excluded.cost_sum_usd,
      cost_count = rollup.cost_count + excluded.cost_count,
      updated_at = now()
  ),
  marked as (
    update winrate.outcome_corrections as correction
    set applied_at = now()
    from pending
    where correction.corrected_id = pending.corrected_id and correction.outcome_id = pending.outcome_id
    returning 1
  )
  select count(*) into applied from marked;
  return applied;
end $$;

-- Sums the rollups of the hours since `since` anew from the stored outcomes, after those were changed by
-- hand. Batches wait meanwhile. Returns how many rollups there are now.
create function winrate.rebuild_rollups(since timestamptz default '-infinity') returns bigint
language plpgsql as $$
declare
  first_hour timestamptz := date_trunc('hour', since, 'UTC');
  rebuilt bigint;
begin
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  -- In the order in which ingest and retention take their tables.
  lock table winrate.task_preferences in access share mode;
  delete from winrate.outcome_rollups where hour >= first_hour;
  insert into winrate.outcome_rollups (
    hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
    transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
    cost_sum_usd, cost_count
  )
  select
    date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider,
    coalesce(thinking_level, ''), instance_id,
    count(*) filter (where failure is distinct from 'transport'),
    count(*) filter (where failure is distinct from 'transport' and success),
    count(*) filter (where failure = 'transport'),
    coalesce(sum(response_quality) filter (where failure is distinct from 'transport'), 0),
    count(response_quality) filter (where failure is distinct from 'transport'),
    coalesce(sum(response_time_ms) filter (where failure is distinct from 'transport'), 0),
    count(response_time_ms) filter (where failure is distinct from 'transport'),
    coalesce(sum(cost_usd) filter (where failure is distinct from 'transport'), 0),
    count(cost_usd) filter (where failure is distinct from 'transport')
  from winrate.task_preferences
  where counted and occurred_at >= first_hour
  group by 1, 2, 3, 4, 5, 6;
  get diagnostics rebuilt = row_count;
  return rebuilt;
end $$;

revoke execute on all functions in schema winrate from public;
