-- Whether these outcomes have times and ids in their usual form, going by the first one: who writes
-- another form writes all of them so. A guess, for it is cheap to be wrong now and then, but to find out
-- by a throw at every statement is not.
create or replace function winrate.is_plainly_written(outcomes jsonb) returns boolean
language sql immutable parallel safe as $$
  select coalesce(outcomes -> 0 ->> 'occurred_at' like '20__-__-__T__:__:__.___Z', true)
  and coalesce(outcomes -> 0 ->> 'outcome_id' like '________-____-____-____-____________', true)
$$;
