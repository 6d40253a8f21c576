-- Where an outcome is learned. One that others had failed at says what a model does after that, and nothing of what it
-- does at first, so it counts at a path of its own, `coding/@after-claude-haiku`. A third segment, and a stratum, give way
-- to that. A copy of names/escalation.ts; test/ingest/later-attempts.test.ts holds both to each other.
create or replace function winrate.learned_task_type(task_type text, after text) returns text
language sql immutable parallel safe as $$
  select case
    when slug is null then task_type
    else
      case
        when task_type like '%/@%' or task_type like '%/%/%'
        then left(task_type, -1 - length(split_part(task_type, '/', -1)))
        else task_type
      end
      || '/@after-'
      || case
        when length(slug) <= 56 then slug
        else left(slug, 47) || '-' || left(encode(sha256(convert_to(slug, 'UTF8')), 'hex'), 8)
      end
  end
  from (
    select string_agg(distinct name collate "C", '_and_' order by name collate "C") as slug
    from string_to_table(after, ',') as named
    cross join lateral regexp_replace(
      lower(btrim(named, E' \t\r\n') collate "C"), '[^a-z0-9_.-]+' collate "C", '-', 'g'
    ) as name
    where name <> ''
  ) as slugs
$$;
