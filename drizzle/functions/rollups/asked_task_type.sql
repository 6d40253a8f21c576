-- The task type as the caller named it: without the segments that routers add for an entry of the context, for what only some
-- models can take, and for what failed before.
create or replace function winrate.asked_task_type(task_type text, context text) returns text
language sql immutable parallel safe as $$
  select case
    when strpos(task_type, '/') = 0 then task_type
    else (
      select string_agg(segment, '/' order by place)
      from string_to_table(task_type, '/') with ordinality as named (segment, place)
      where segment not like '@%' and segment <> all (coalesce(string_to_array(context, ' '), '{}'))
    )
  end
$$;
