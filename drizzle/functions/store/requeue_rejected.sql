-- The oldest part, for workers of earlier versions and operators.
create or replace function winrate.requeue_rejected(only_reason text, max_rows integer default 1000)
returns bigint
language sql set jit = off as $$
  select requeued from winrate.requeue_part(only_reason, 'infinity', '-infinity', 0, max_rows);
$$;
