-- Where the partition of `parent` that holds one UTC day begins.
create or replace function winrate.partition_bound(parent text, day date) returns text
language sql immutable strict parallel safe as $$
  select case
    when parent = 'task_preferences' then winrate.uuid_floor(day::timestamp at time zone 'UTC')::text
    else (day::timestamp at time zone 'UTC')::text
  end
$$;
