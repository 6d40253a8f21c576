-- The fields of an outcome and their types: the columns of the table but those that ingest fills.
create or replace function winrate.outcome_columns() returns jsonb
language sql stable as $$
  select jsonb_object_agg(attname, format_type(atttypid, null))
  from pg_attribute
  where attrelid = 'winrate.task_preferences'::regclass and attnum > 0 and not attisdropped
    and attname not in ('inserted_at', 'counted', 'failure_kind', 'decided_at')
$$;
