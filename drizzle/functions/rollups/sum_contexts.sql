-- The drawn outcomes of the newest 200,000 in the window, by task type, model and half: once for all requests of a task
-- type, as `entry` '', and once for each entry of their contexts, however often a context repeats it. A task type is
-- as callers name it, without the segment that the router has added for an entry; what is learned apart because only
-- some models can take it is left out, and so are later attempts. Outcomes of a session are in one half, others by the hour of their decision.
--   Whoever may send outcomes may invent them, so it is bounded. An id that does not begin with its time, as that of a
-- UUID v7 does, is not looked at: most sort after the present and would hide all others. Of one instance at most 50,000
-- outcomes count; of each label the 32 values with most outcomes, 500 in all.
create or replace function winrate.sum_contexts(span interval, moment timestamptz default now())
returns table (task_type text, entry text, model text, half integer, samples integer, successes integer)
language sql stable set jit = off set work_mem = '64MB' as $$
  with newest as (
    select
      outcome_id, preference.task_type, provider, model_name, thinking_level, success, session, decided_at, occurred_at,
      propensity, failure, failure_kind, counted, instance_id, after, string_to_array(context, ' ') as entries
    from winrate.task_preferences as preference
    where outcome_id >= winrate.uuid_floor(moment - span)
      and outcome_id < winrate.uuid_floor(moment + interval '1 hour')
      and winrate.decision_time(decided_at, occurred_at) between moment - span and moment + interval '1 hour'
    order by outcome_id desc
    limit 200000
  ),
  drawn as materialized (
    select
      case
        when ranked.task_type like '%/%' and split_part(ranked.task_type, '/', -1) = any (entries)
        then left(ranked.task_type, -1 - length(split_part(ranked.task_type, '/', -1)))
        else ranked.task_type
      end as asked,
      entries, jsonb_build_array(provider, model_name, coalesce(thinking_level, ''))::text as called, success::integer,
      case
        when session is not null then hashtext(session) & 1
        else floor(extract(epoch from winrate.decision_time(decided_at, occurred_at)) / 3600)::bigint::integer & 1
      end as side
    from (
      select *, row_number() over (partition by instance_id order by outcome_id desc) as place from newest
    ) as ranked
    where place <= 50000
      and counted
      and success is not null
      and winrate.is_drawn(propensity)
      and winrate.is_sample(failure, failure_kind)
      and ranked.task_type not like '%/@%'
      -- What names no model is a first attempt, as it is to rollups.
      and case when after is null then true else winrate.learned_task_type(ranked.task_type, after) = ranked.task_type end
      and instance_id not in (select instance_id from winrate.instance_verdicts where verdict = 'quarantined')
  ),
  of_entries as (
    select asked, entry, called, side, count(*) as drawn, sum(success) as succeeded
    from drawn cross join lateral (select distinct unnest(entries)) as named (entry)
    -- A path has three segments at most.
    where asked not like '%/%/%'
    group by asked, entry, called, side
  ),
  tried as (
    select asked, entry
    from (
      select
        asked, entry, sum(drawn) as outcomes,
        row_number() over (partition by asked, left(entry, -9) order by sum(drawn) desc, entry) as place
      from of_entries
      group by asked, entry
    ) as candidates
    where place <= 32 and outcomes >= 20
    order by outcomes desc
    limit 500
  )
  select asked, entry, called, side, drawn::integer, succeeded::integer
  from of_entries join tried using (asked, entry)
  union all
  select asked, '', called, side, count(*)::integer, sum(success)::integer
  from drawn
  where asked in (select asked from tried)
  group by asked, called, side
$$;
