-- What a batch tells of its sender's decisions, as far as it can be read: of the last eight days, a hundred cells and hours
-- at most.
create or replace function winrate.read_decided(decided jsonb)
returns table (
  hour timestamptz, task_type text, model_name text, provider text, thinking_level text, decided integer, answered integer
)
language sql stable rows 100 as $$
  select hour, task_type, model_name, provider, thinking_level, decided, least(decided, answered)
  from (
    select
      date_trunc('hour', winrate.json_time(value -> 'hour'), 'UTC') as hour,
      winrate.json_text(value -> 'task_type') as task_type,
      winrate.json_text(value -> 'model_name') as model_name,
      winrate.json_text(value -> 'provider') as provider,
      coalesce(winrate.json_text(value -> 'thinking_level'), '') as thinking_level,
      winrate.json_integer(value -> 'decided', 2147483647)::integer as decided,
      winrate.json_integer(value -> 'answered', 2147483647)::integer as answered
    from jsonb_array_elements(case when jsonb_typeof(decided) = 'array' then decided else '[]' end) as value
    limit 100
  ) as entry
  where winrate.is_task_type(task_type)
    and winrate.is_text(model_name, 1, 200)
    and winrate.is_text(provider, 1, 100)
    and winrate.is_text(thinking_level, 0, 40)
    and decided > 0 and answered is not null
    and hour between now() - interval '8 days' and now() + interval '1 hour'
$$;
