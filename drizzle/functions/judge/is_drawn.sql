-- Whether chance decided for the model, with a known probability. Only such outcomes compare models: one that nobody drew
-- tells as much about the work that it was chosen for.
create or replace function winrate.is_drawn(propensity double precision) returns boolean
language sql immutable parallel safe as $$
  select coalesce(propensity > 0 and propensity < 1, false)
$$;
