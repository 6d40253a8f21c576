-- Lets each noted correction take the place of the outcome that it corrects, in the rollups too. Of
-- several corrections of one outcome the newest counts, in whatever order they arrived. What counts is completed by what it
-- corrects. No batch is being
-- stored meanwhile, so an outcome and its correction cannot miss each other. Batches wait for a call, so it is short;
-- where a batch under way takes long, it throws lock_not_available: a later call finds the corrections.
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
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  with pending as (
    select corrected_id, outcome_id
    from winrate.outcome_corrections
    where applied_at is null
    order by received_at, corrected_id, outcome_id
    limit max_corrections
  ),
  -- Of other corrections of the same outcomes only the newest applied one can count so far. There may be very many.
  affected as (
    select corrected_id as outcome_id from pending
    union
    select outcome_id from pending
    union
    select applied.outcome_id
    from (select distinct corrected_id from pending) as corrected
    cross join lateral (
      select rival.outcome_id
      from winrate.outcome_corrections as rival
      where rival.corrected_id = corrected.corrected_id and rival.applied_at is not null
      order by rival.outcome_id desc
      limit 1
    ) as applied
  ),
  judged as materialized (
    select
      outcome.outcome_id,
      outcome.counted,
      outcome.corrects,
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
    set
      counted = judged.counts,
      (
        decision_id, prompt, prompt_hash, prompt_length, response_time_ms, cost_usd, propensity, snapshot_version,
        answered_by, session, decided_at, context, attempt, after, input_tokens, cache_read_tokens, output_tokens
      ) = (
        select
          call.decision_id, call.prompt, call.prompt_hash, call.prompt_length, call.response_time_ms, call.cost_usd,
          call.propensity, call.snapshot_version, call.answered_by, call.session, call.decided_at,
          call.context, call.attempt, call.after, call.input_tokens, call.cache_read_tokens, call.output_tokens
        from winrate.task_preferences as earlier
        cross join lateral winrate.complete_call(outcome, earlier) as call
        where judged.counts and earlier.outcome_id = judged.corrects
        union all
        select
          outcome.decision_id, outcome.prompt, outcome.prompt_hash, outcome.prompt_length, outcome.response_time_ms,
          outcome.cost_usd, outcome.propensity, outcome.snapshot_version, outcome.answered_by, outcome.session,
          outcome.decided_at, outcome.context, outcome.attempt, outcome.after, outcome.input_tokens,
          outcome.cache_read_tokens, outcome.output_tokens
        limit 1
      )
    from judged
    where outcome.outcome_id = judged.outcome_id and judged.counted <> judged.counts
    returning outcome, case when judged.counts then 1 else -1 end as sign
  ),
  noted_increments as (
    insert into winrate.rollup_increments
    select contribution.*
    from turned
    cross join lateral winrate.contribution(turned.outcome, turned.sign) as contribution
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
