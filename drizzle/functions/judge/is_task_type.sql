-- Three segments of 63 characters at most, as taskTypePattern of the contracts says. Most task types have one segment,
-- and need no pattern.
create or replace function winrate.is_task_type(value text) returns boolean
language sql immutable parallel safe as $$
  select case when strpos(value, '/') = 0 then
    length(value) between 1 and 63
    and left(value, 1) collate "C" between 'a' and 'z'
    and translate(value, 'abcdefghijklmnopqrstuvwxyz0123456789_-', '') = ''
  else
    value collate "C"
      ~ '^[a-z][a-z0-9_-]{0,62}(/[a-z0-9][a-z0-9_.-]{0,62})?(/[a-z0-9@][a-z0-9_.-]{0,62})?$'
  end
$$;
