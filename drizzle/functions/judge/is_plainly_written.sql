-- Whether these outcomes have times and ids in their usual form, going by the first one: a producer writes
-- all of them in one form. This guess may be wrong now and then, which costs little.
create or replace function winrate.is_plainly_written(outcomes jsonb) returns boolean
language sql immutable parallel safe as $$
  select coalesce(outcomes -> 0 ->> 'occurred_at' like '20__-__-__T__:__:__.___Z', true)
    and coalesce(outcomes -> 0 ->> 'outcome_id' like '________-____-____-____-____________', true)
$$;
