-- The fields without which an outcome is rejected. Any other that cannot be read is left out.
create or replace function winrate.is_required(field text) returns boolean
language sql immutable parallel safe as $$
  select field in ('task_type', 'model_name', 'success', 'instance_id')
$$;
