-- Deletes these outcomes, with each all words about the same call, and takes back what they added to the rollups: as
-- increments, in the same transaction, so that at any moment the rollups and the increments together say what the stored
-- outcomes do. Batches wait for a call, as for a correction, so give it few. Returns how many it deleted.
create or replace function winrate.forget_outcomes(ids uuid[]) returns bigint
language plpgsql
-- Finds each row by its key, also in partitions that are large.
set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set lock_timeout = '5s'
as $$
declare
  linked uuid[];
  forgotten bigint;
begin
  linked := array(
    with recursive words (outcome_id) as (
      select unnest(ids)
      union
      select link.outcome_id
      from words
      cross join lateral (
        select correction.outcome_id
        from winrate.outcome_corrections as correction
        where correction.corrected_id = words.outcome_id
        union all
        select outcome.corrects
        from winrate.task_preferences as outcome
        where outcome.outcome_id = words.outcome_id and outcome.corrects is not null
      ) as link
    )
    select outcome_id from words
  );
  -- A word without a verdict stands the other way round, where no key finds it.
  linked := linked || array(
    select corrected_id from winrate.outcome_corrections where outcome_id = any (linked)
  );
  -- A correction that is applied meanwhile would change what is taken back.
  lock table winrate.lock_corrections in exclusive mode;
  with deleted as (
    delete from winrate.task_preferences as outcome
    using unnest(linked) as word (outcome_id)
    where outcome.outcome_id = word.outcome_id
    returning outcome
  ),
  noted_increments as (
    insert into winrate.rollup_increments
    select contribution.*
    from deleted cross join lateral winrate.contribution(deleted.outcome, -1) as contribution
    where (deleted.outcome).counted
  ),
  noted_experiments as (
    insert into winrate.experiment_increments
    select contribution.*
    from deleted cross join lateral winrate.experiment_contribution(deleted.outcome, -1) as contribution
    where (deleted.outcome).counted
  ),
  deleted_corrections as (
    delete from winrate.outcome_corrections as correction
    using unnest(linked) as word (outcome_id)
    where correction.corrected_id = word.outcome_id
  )
  select count(*) into forgotten from deleted;
  return forgotten;
end $$;
