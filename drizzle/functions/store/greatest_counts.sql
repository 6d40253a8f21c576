-- The greatest count of each name in several { name: count }. The totals of a session only grow, so these are
-- its newest ones, in whatever order its batches arrive.
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
