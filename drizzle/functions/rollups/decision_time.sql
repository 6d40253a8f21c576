-- The time at which an outcome counts: that of its decision, so that models are compared at equal age even where a
-- success is known hours later than a failure. Where the decision's id tells none, or one that cannot be, the
-- outcome's own time.
create or replace function winrate.decision_time(decided_at timestamptz, occurred_at timestamptz)
returns timestamptz
language sql immutable parallel safe as $$
  select case
    when occurred_at - decided_at between interval '0' and interval '7 days' then decided_at
    else occurred_at
  end
$$;
