-- The word for a failure: a text, or an HTTP status. A failure that cannot be read, of an outcome that is no success,
-- becomes a word that does not count against the model: it may be anybody's.
create or replace function winrate.tidy_failure(given jsonb, success jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case
    when given = '""' then null
    when jsonb_typeof(given) = 'string' then to_jsonb(left(given #>> '{}', winrate.longest_text('failure')))
    when winrate.json_integer(given, 999) is not null then to_jsonb(winrate.json_integer(given, 999)::text)
    when winrate.json_boolean(success) is false then '"unreadable"'
  end
$$;
