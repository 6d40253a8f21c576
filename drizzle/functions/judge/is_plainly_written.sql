-- Whether these outcomes have times and ids that read as such, going by the first one: a producer writes all of
-- them in one form. This guess may be wrong now and then, which costs little.
create or replace function winrate.is_plainly_written(outcomes jsonb) returns boolean
language sql immutable parallel safe as $$
  select coalesce(
      outcomes -> 0 ->> 'occurred_at' like '20__-__-__T__:__:__.___Z'
        or winrate.is_time(outcomes -> 0 ->> 'occurred_at'),
      true
    )
    and coalesce(outcomes -> 0 ->> 'outcome_id' like '________-____-____-____-____________', true)
$$;
