-- Lets each noted correction take the place of the outcome that it corrects, in the rollups too. Of
-- several corrections of one outcome the newest counts, in whatever order they arrived. What counts has all facts of the call
-- that any of its words said, also where it arrived before them. No batch is being stored meanwhile, so an outcome and its
-- correction cannot miss each other. Batches wait for a call, so it is short; where a batch under way takes long, it throws
-- lock_not_available: a later call finds the corrections.
create or replace function winrate.apply_corrections(max_corrections integer default 1000) returns integer
language plpgsql
-- The plan is kept, and must suit tables of any size: it finds each row by its key.
set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan set lock_timeout = '5s'
as $$
declare
  applied integer;
begin
  if not exists (select from winrate.outcome_corrections where applied_at is null) then
    return 0;
  end if;
  lock table winrate.lock_corrections in exclusive mode;
  with pending as (
    select corrected_id, outcome_id
    from winrate.outcome_corrections
    where applied_at is null
    order by received_at, corrected_id, outcome_id
    limit max_corrections
  ),
  -- What one outcome was said to be first has all facts of the call that later words said, so that each further one finds
  -- them there.
  words as materialized (
    select
      case when later.corrects = corrected_id then corrected_id else pending.outcome_id end as first_id,
      case when later.corrects = corrected_id then pending.outcome_id else corrected_id end as word_id
    from pending
    join winrate.task_preferences as later on later.outcome_id = pending.outcome_id
  ),
  -- What may change, and the words that may complete it. Of other corrections of the same outcome only the newest applied
  -- one can count so far. There may be very many.
  links as (
    select corrected_id as outcome_id, null::uuid as word_id from pending
    union all
    select outcome_id, null from pending
    union all
    select applied.outcome_id, null
    from (select distinct corrected_id from pending) as corrected
    cross join lateral (
      select rival.outcome_id
      from winrate.outcome_corrections as rival
      where rival.corrected_id = corrected.corrected_id and rival.applied_at is not null
      order by rival.outcome_id desc
      limit 1
    ) as applied
    union all
    select first_id, word_id from words
    union all
    select newest.outcome_id, word_id
    from words
    cross join lateral (
      select rival.outcome_id
      from winrate.outcome_corrections as rival
      where rival.corrected_id = words.first_id
      order by rival.outcome_id desc
      limit 1
    ) as newest
  ),
  affected as (
    select outcome_id, array_agg(distinct word_id) filter (where word_id is not null) as word_ids
    from links
    group by outcome_id
  ),
  judged as materialized (
    select outcome as before, verdict.counts, completed.call
    from affected
    join winrate.task_preferences as outcome on outcome.outcome_id = affected.outcome_id
    cross join lateral (
      select
        not exists (
          select from winrate.outcome_corrections as correction
          where correction.corrected_id = outcome.outcome_id
        )
        and not exists (
          select from winrate.outcome_corrections as rival
          where rival.corrected_id = outcome.corrects and rival.outcome_id > outcome.outcome_id
        ) as counts
    ) as verdict
    cross join lateral (
      select winrate.complete_call(
        outcome, array_agg(word order by word.outcome_id = outcome.corrects desc, word.outcome_id desc)
      ) as call
      from (
        select unnest(word_ids) as word_id
        union
        select outcome.corrects where verdict.counts
      ) as link
      join winrate.task_preferences as word on word.outcome_id = link.word_id
    ) as completed
  ),
  turned as (
    update winrate.task_preferences as outcome
    set
      counted = judged.counts,
      (
        decision_id, prompt, prompt_hash, prompt_length, response_time_ms, cost_usd, propensity, snapshot_version,
        answered_by, session, decided_at, context, attempt, after, input_tokens, cache_read_tokens, output_tokens,
        arm, experiment, would_choose
      ) = row (
        (call).decision_id, (call).prompt, (call).prompt_hash, (call).prompt_length, (call).response_time_ms,
        (call).cost_usd, (call).propensity, (call).snapshot_version, (call).answered_by, (call).session,
        (call).decided_at, (call).context, (call).attempt, (call).after, (call).input_tokens,
        (call).cache_read_tokens, (call).output_tokens, (call).arm, (call).experiment,
        (call).would_choose
      )
    from judged
    where outcome.outcome_id = (judged.before).outcome_id
      and ((judged.before).counted <> judged.counts or judged.call is distinct from judged.before)
    returning judged.before, outcome as after
  ),
  states as materialized (
    select state.*
    from turned
    cross join lateral (
      select turned.before as outcome, -1 as sign where (turned.before).counted
      union all
      select turned.after, 1 where (turned.after).counted
    ) as state
  ),
  noted_increments as (
    insert into winrate.rollup_increments
    select contribution.*
    from states cross join lateral winrate.contribution(states.outcome, states.sign) as contribution
  ),
  noted_experiments as (
    insert into winrate.experiment_increments
    select contribution.*
    from states cross join lateral winrate.experiment_contribution(states.outcome, states.sign) as contribution
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
