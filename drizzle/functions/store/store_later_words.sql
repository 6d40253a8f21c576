-- Of the outcomes in these messages whose id is stored already, stores those that say something else than the stored
-- one: the last word counts, and one without a verdict never replaces any. Each becomes a row of its own, as a
-- correction of the stored one or, where it happened before that or says no verdict, as corrected by it. Its id follows
-- from its time, from the first id and from what it says, so that it is stored once however often it is sent, and of
-- several the last one has the greatest id. Returns how many it stored.
create or replace function winrate.store_later_words(places tid[], columns jsonb, oldest timestamptz)
returns bigint
language sql set jit = off as $$
  -- What says nothing of the call, or follows from the rest.
  with kinds as (
    select '{outcome_id,occurred_at,inserted_at,counted,failure_kind,prompt,decided_at}'::text[] as left_out
  ),
  words as materialized (
    select
      judged.outcome as said, (judged.outcome).*,
      winrate.json_time(judged.value -> 'occurred_at') as stated_time,
      to_jsonb(judged.outcome) - kinds.left_out as facts
    from kinds
    cross join winrate.read_messages(places, true, null) as message
    cross join lateral winrate.judge_message(
      place, sealed, sender, msg_id, enqueued_at, clock_ahead, columns, oldest
    ) as judged
    where message.reason is null and judged.reason is null
  ),
  later_words as materialized (
    select
      word.outcome_id as first_id, word.said,
      case
        when word.success is null then null
        when word.corrects is not null then word.corrects
        when first.success is null or word.occurred_at >= first.occurred_at then word.outcome_id
      end as corrects,
      (
        left(winrate.uuid_floor(word.occurred_at)::text, 13)
        || '-7' || lpad(to_hex(extract(microseconds from word.occurred_at)::integer % 1000), 3, '0')
        || '-8' || substr(digest, 1, 3) || '-' || substr(digest, 4, 12)
      )::uuid as id
    from words as word
    join winrate.task_preferences as first using (outcome_id)
    cross join kinds
    cross join lateral encode(sha256(convert_to(word.outcome_id::text || word.facts::text, 'UTF8')), 'hex') as digest
    -- It may have been completed when it was counted.
    where to_jsonb(first) - kinds.left_out <> to_jsonb(winrate.complete_call(word.said, array[first])) - kinds.left_out
      or case
        -- What was said first is said again on purpose where something else was said in between.
        when word.stated_time is null then exists (
          select from winrate.outcome_corrections as correction where correction.corrected_id = word.outcome_id
        )
        -- A time that ingest chose is another one at each arrival: the stored one may have that of its arrival, too.
        else word.occurred_at = word.stated_time and word.occurred_at <> first.occurred_at
          and first.occurred_at <> first.inserted_at
      end
  ),
  stored_words as (
    insert into winrate.task_preferences
    select (
      jsonb_populate_record(
        said, jsonb_build_object('outcome_id', id, 'corrects', corrects, 'counted', false)
      )
    ).*
    from later_words
    order by id
    on conflict (outcome_id) do nothing
    returning outcome_id
  ),
  noted_corrections as (
    insert into winrate.outcome_corrections (corrected_id, outcome_id)
    select coalesce(corrects, id), case when corrects is null then first_id else id end
    from (select distinct id, corrects, first_id from later_words) as word
    where id in (select outcome_id from stored_words)
    order by 1, 2
    on conflict (corrected_id, outcome_id) do nothing
  )
  select count(*) from stored_words
$$;
