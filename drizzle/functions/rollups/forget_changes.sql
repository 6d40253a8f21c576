-- Says that the rollups changed outside a fold, so that workers who keep sums of them read them again.
-- Takes the lock of the rollups.
create or replace function winrate.forget_changes() returns void
language sql set jit = off as $$
  update winrate.rollup_state set last_fold = last_fold + 1, first_kept_fold = last_fold + 2
$$;
