-- The word for a failure: a text, or an HTTP status. A failure that cannot be read, of an outcome that is no success,
-- becomes a word that does not count against the model: it may be anybody's. Of a long text the beginning is kept, or its
-- kind where the beginning would be of another (contracts/outcome/failure-kind.ts).
create or replace function winrate.tidy_failure(given jsonb, success jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case
    when given = '""' then null
    when jsonb_typeof(given) = 'string' then (
      select to_jsonb(case when winrate.failure_kind(beginning) = kind then beginning else kind end)
      from
        left(given #>> '{}', winrate.longest_text('failure')) as beginning,
        winrate.failure_kind(left(given #>> '{}', 200)) as kind
    )
    when winrate.json_integer(given, 999) is not null then to_jsonb(winrate.json_integer(given, 999)::text)
    when winrate.json_boolean(success) is false then '"unreadable"'
  end
$$;
