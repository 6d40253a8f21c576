create or replace function winrate.is_task_type(value text) returns boolean
language sql immutable parallel safe as $$
  select length(value) between 1 and 63
    and left(value, 1) collate "C" between 'a' and 'z'
    and translate(value, 'abcdefghijklmnopqrstuvwxyz0123456789_-', '') = ''
$$;
