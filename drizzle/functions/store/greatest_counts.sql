-- Of several { name: count } the greatest count of each name. Totals only grow, so of what the batches of
-- a session say this is the newest, in whatever order they come.
create or replace function winrate.greatest_counts(counts jsonb[]) returns jsonb
language sql immutable parallel safe as $$
  select (
  select coalesce(jsonb_object_agg(name, greatest_count), '{}')
  from (
    select name, max(winrate.json_integer(value, 9007199254740991)) as greatest_count
    from unnest(counts) as counted (names)
    cross join lateral jsonb_each(
      case when jsonb_typeof(names) = 'object' then names else '{}' end
    ) as entry (name, value)
    where length(name) between 1 and 40
    group by name
    having max(winrate.json_integer(value, 9007199254740991)) > 0
    order by name
    limit 50
  ) as greatest_counts
)
$$;
