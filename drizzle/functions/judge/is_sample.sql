-- Whether an outcome says something about the model: it has no failure, or one of the model itself. Outcomes of earlier
-- versions have no kind; they count as they did then.
create or replace function winrate.is_sample(failure text, failure_kind text) returns boolean
language sql immutable parallel safe as $$
  select case
    when failure_kind is null then failure is distinct from 'transport'
    else failure_kind = 'quality'
  end
$$;
