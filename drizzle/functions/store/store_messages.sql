-- Stores or rejects all outcomes of these messages of the queue, which the caller has locked, in one
-- statement. With `tolerant`, it judges each outcome by itself. Without, it throws a data_exception when an
-- outcome of a message that looks plain is not plain and good. With `expect_repeats`, it skips outcomes that
-- are stored already. Without, it throws a unique_violation on one that it did not expect. What a skipped one says
-- anew is stored afterwards: see winrate.store_later_words.
create or replace function winrate.store_messages(
  places tid[], tolerant boolean, expect_repeats boolean, retention interval
)
returns table (
  messages bigint, stored bigint, duplicates bigint, rejected bigint, corrections bigint,
  tolerated bigint, retimed bigint, left_out jsonb
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
  later_words bigint;
  columns jsonb := winrate.outcome_columns();
  types jsonpath := winrate.plain_types(columns);
begin
  -- Each scan of what is materialized copies it, so the large outcomes are only where they are read.
  with messages as materialized (
    select * from winrate.read_messages(places, tolerant, types)
  ),
  envelopes as materialized (
    select place, msg_id, enqueued_at, clock_ahead, sealed, batch_id, instance_id, sender, session_id, sdk, dropped,
      decided, reason, plain, case when plain then jsonb_array_length(outcomes) else 0 end as plain_outcomes,
      (outcomes -> 0 ->> 'outcome_id')::uuid as first_outcome_id
    from messages
  ),
  judged_outcomes as materialized (
    select msg_id, enqueued_at, batch_id, judged.*,
      coalesce(winrate.json_text(judged.value -> 'instance_id'), envelope.instance_id) as instance_id
    from envelopes as envelope
    cross join lateral winrate.judge_message(
      place, sealed, sender, msg_id, enqueued_at, clock_ahead, columns, oldest
    ) as judged
    where not plain and envelope.reason is null
  ),
  good_outcomes as not materialized (
    select outcome.*
    from messages as message
    cross join lateral winrate.read_outcomes(
      message.outcomes, message.sender, message.msg_id, message.enqueued_at, message.clock_ahead, oldest,
      case when message.sealed then 0 end, false
    ) as outcome
    where message.plain
      and (
        winrate.outcome_problem(outcome) is null
        or winrate.not_plain(message.msg_id)
      )
    union all
    select (outcome).* from judged_outcomes where reason is null
  ),
  -- Where this guess is wrong, the statement throws.
  repeats as materialized (
    select
      expect_repeats
        or bool_or(not plain)
        or winrate.are_likely_stored(
          array_agg(first_outcome_id order by first_outcome_id) filter (where first_outcome_id is not null)
        ) as likely
    from envelopes
  ),
  -- In order of the key, as every consumer does it, so that none waits for another in a circle. To be
  -- ready for a conflict at each row is an eighth of all work: so one of these two is, the other is not,
  -- and one of them stores nothing.
  new_outcomes as (
    insert into winrate.task_preferences
    select * from good_outcomes where (select likely from repeats) is not true order by outcome_id
    returning *
  ),
  maybe_new_outcomes as (
    insert into winrate.task_preferences
    select * from good_outcomes where (select likely from repeats) order by outcome_id
    on conflict (outcome_id) do nothing
    returning *
  ),
  stored_outcomes as not materialized (
    select * from new_outcomes
    union all
    select * from maybe_new_outcomes
  ),
  totals as materialized (
    select count(*) as stored, count(corrects) as corrections,
      count(*) filter (where corrects is null and not counted) as late
    from stored_outcomes
  ),
  noted_increments as (
    insert into winrate.rollup_increments
    select
      hour, task_type, model_name, provider, thinking_level, instance_id,
      -- As integers, because a sum of bigints is a numeric.
      sum(samples::int), sum(successes::int), sum(transport_failures::int), sum(quality_sum),
      sum(quality_count::int), sum(response_time_sum_ms), sum(response_time_count::int), sum(cost_sum_usd),
      sum(cost_count::int), sum(response_time_root_sum), sum(cost_root_sum), sum(drawn_samples::int),
      sum(drawn_successes::int), sum(drawn_quality_sum), sum(drawn_quality_count::int), sum(draw_weight_sum),
      sum(draw_weight_square_sum), sum(unjudged::int), sum(input_token_sum::int), sum(cache_read_token_sum::int),
      sum(output_token_sum::int), sum(token_count::int), sum(drawn_cost_sum_usd), sum(drawn_cost_count::int),
      sum(weighted_samples), sum(weighted_successes), sum(weighted_cost_sum_usd), sum(weighted_cost_count)
    from (
      select contribution.*
      from stored_outcomes as outcome
      cross join lateral winrate.contribution(outcome::winrate.task_preferences) as contribution
      where outcome.counted
    ) as contributed
    group by hour, task_type, model_name, provider, thinking_level, instance_id
  ),
  noted_experiments as (
    insert into winrate.experiment_increments
    select
      experiment, day, task_type, arm, bucket, sum(decisions::int), sum(judged::int), sum(successes::int), sum(cost_count::int),
      sum(cost_sum_usd), sum(time_count::int), sum(time_sum_ms), instance_id
    from (
      select contribution.*
      from stored_outcomes as outcome
      cross join lateral winrate.experiment_contribution(outcome::winrate.task_preferences) as contribution
      where outcome.counted and outcome.arm is not null and (select exists (select from winrate.experiments))
    ) as contributed
    group by experiment, day, task_type, arm, bucket, instance_id
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
  -- Of each field how often, and an example. What people wrote is nobody else's business.
  left_out_fields as (
    select field, jsonb_build_object(
      'outcomes', count(*),
      'instance', min(left(instance_id, 200)),
      'value', min(left(value ->> field, 40)) filter (where winrate.longest_text(field) is null)
    ) as about
    from judged_outcomes
    cross join lateral unnest(left_out) as field
    where reason is null
    group by field
  ),
  noted_corrections as (
    insert into winrate.outcome_corrections (corrected_id, outcome_id)
    select said_by, said_instead
    from stored_outcomes
    -- Whatever is said without a verdict never erases one: what it would correct takes its place.
    cross join lateral (
      select
        case when success is null then outcome_id else corrects end as said_by,
        case when success is null then corrects else outcome_id end as said_instead
    ) as words
    where corrects is not null and (select corrections from totals) > 0
    order by said_by, said_instead
    on conflict (corrected_id, outcome_id) do nothing
    returning 1
  ),
  -- Of outcomes that arrive after their corrections, what counts in their place is to have their facts.
  reopened_corrections as (
    update winrate.outcome_corrections as correction
    set applied_at = null
    from (
      select newest.corrected_id, newest.outcome_id
      from stored_outcomes as late
      cross join lateral (
        select known.corrected_id, known.outcome_id
        from winrate.outcome_corrections as known
        where known.corrected_id = late.outcome_id
        order by known.outcome_id desc
        limit 1
      ) as newest
      where late.corrects is null and not late.counted and (select late from totals) > 0
    ) as newest
    where correction.corrected_id = newest.corrected_id and correction.outcome_id = newest.outcome_id
  ),
  seen_sessions as (
    insert into winrate.instance_sessions as known (
      instance_id, session_id, sdk, clock_ahead_ms, dropped
    )
    select
      sender, session_id, coalesce(left(max(sdk), 100), 'unknown'),
      -- Of the newest message.
      (array_agg(extract(epoch from clock_ahead) * 1000 order by msg_id desc))[1]::bigint,
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
      clock_ahead_ms = excluded.clock_ahead_ms,
      dropped = case
        when excluded.dropped in ('{}', known.dropped) then known.dropped
        else winrate.greatest_counts(array[known.dropped, excluded.dropped])
      end,
      last_seen_at = now()
  ),
  told_decisions as materialized (
    select hour, sender as instance_id, session_id, task_type, model_name, provider, thinking_level,
      max(entry.decided) as decided, max(entry.answered) as answered
    from envelopes as envelope
    cross join lateral winrate.read_decided(envelope.decided) as entry
    where envelope.decided is not null and session_id is not null and reason is null and sender is not null
    group by hour, sender, session_id, task_type, model_name, provider, thinking_level
  ),
  told_hours as materialized (
    select hour, instance_id, (
      select count(*) from (
        select from winrate.decided_hours as known
        where known.hour = told.hour and known.instance_id = told.instance_id
        limit 1000
      ) as rows
    ) as known_rows
    from (select distinct hour, instance_id from told_decisions) as told
  ),
  -- An instance that has a thousand in an hour already invents names: those that it has may grow, no more are noted.
  noted_decisions as (
    insert into winrate.decided_hours as known (
      hour, instance_id, session_id, task_type, model_name, provider, thinking_level, decided, answered
    )
    select hour, instance_id, session_id, task_type, model_name, provider, thinking_level, decided, answered
    from (
      select told.*, is_known, row_number() over (partition by hour, instance_id, is_known order by session_id) as place
      from told_decisions as told
      cross join lateral (
        select exists (
          select from winrate.decided_hours as known
          where known.hour = told.hour and known.instance_id = told.instance_id and known.session_id = told.session_id
            and known.task_type = told.task_type and known.model_name = told.model_name
            and known.provider = told.provider and known.thinking_level = told.thinking_level
        ) as is_known
      ) as row
    ) as told
    join told_hours using (hour, instance_id)
    where is_known or known_rows + place <= 1000
    order by hour, instance_id, session_id, task_type, model_name, provider, thinking_level
    on conflict (hour, instance_id, session_id, task_type, model_name, provider, thinking_level) do update set
      decided = greatest(known.decided, excluded.decided),
      answered = greatest(known.answered, excluded.answered)
  )
  select
    (select count(*) from envelopes),
    (select stored from totals),
    (select coalesce(sum(plain_outcomes), 0) from envelopes)
      + (select count(*) from judged_outcomes where reason is null)
      - (select stored from totals),
    (select count(*) from rejected_ones),
    (select count(*) from noted_corrections),
    (select count(*) from envelopes where not plain),
    (select coalesce(sum(plain_outcomes), 0) from envelopes where clock_ahead <> interval '0')
      + (select count(*) from judged_outcomes where reason is null and retimed),
    (select jsonb_object_agg(field, about) from left_out_fields)
  into messages, stored, duplicates, rejected, corrections, tolerated, retimed, left_out;
  if duplicates > 0 then
    later_words := winrate.store_later_words(places, columns, oldest);
    stored := stored + later_words;
    duplicates := duplicates - later_words;
    corrections := corrections + later_words;
  end if;
  return next;
end $$;
