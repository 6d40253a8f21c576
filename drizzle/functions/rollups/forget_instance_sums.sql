-- Removes what is left of an instance after its outcomes: sums that add nothing, and the kept changes that name it. Workers
-- that follow the changes read the rollups again. What the instance has sent since stays.
create or replace function winrate.forget_instance_sums(only_instance text) returns void
language plpgsql set jit = off as $$
begin
  -- Holds the lock of the rollups from here on.
  perform winrate.fold_increments();
  delete from winrate.outcome_rollups
  where instance_id = only_instance
    and samples = 0 and transport_failures = 0 and quality_count = 0 and response_time_count = 0
    and cost_count = 0 and unjudged = 0 and token_count = 0;
  delete from winrate.experiment_rollups
  where instance_id = only_instance
    and decisions = 0 and judged = 0 and successes = 0 and cost_count = 0 and time_count = 0;
  perform winrate.forget_changes();
  delete from winrate.rollup_changes where instance_id = only_instance;
end $$;
