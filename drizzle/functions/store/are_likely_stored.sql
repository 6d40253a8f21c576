-- Whether some of these messages may be stored already, going by the ids of their first outcomes, in order:
-- a client that sends again sends a whole message again. This is a guess.
create or replace function winrate.are_likely_stored(ids uuid[]) returns boolean
language plpgsql stable set enable_seqscan = off set jit = off as $$
begin
  return (select count(distinct id) < count(*) from unnest(ids) as id)
    or exists (
      select from winrate.task_preferences
      -- The range tells which partitions to look into.
      where outcome_id = any (ids) and outcome_id between ids[1] and ids[cardinality(ids)]
    );
end $$;
