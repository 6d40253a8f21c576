-- Lets each noted correction take the place of the outcome that it corrects, in the rollups too. Of
-- several corrections of one outcome the newest counts, in whatever order they arrived. No batch is being
-- stored meanwhile, so an outcome and its correction cannot miss each other.
create or replace function winrate.apply_corrections(max_corrections integer default 1000) returns integer
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
