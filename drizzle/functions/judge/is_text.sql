-- Whether a text has so many UTF-16 units, as the contracts count them: a name that the clients refuse
-- would cost them the whole snapshot. `shortest` is 0 or 1.
create or replace function winrate.is_text(value text, shortest integer, longest integer) returns boolean
language sql immutable parallel safe as $$
  select case
    when octet_length(value) <= longest then octet_length(value) >= shortest
    when length(value) > longest then false
    else length(value) + length(regexp_replace(value, '[\u0001-\uffff]', '', 'g')) <= longest
  end
$$;
