-- Whether a name is as long as the snapshot contract allows, which counts UTF-16 units: one that the
-- clients refuse would cost them the whole snapshot.
create or replace function winrate.is_name(value text, longest integer) returns boolean
language sql immutable parallel safe as $$
  select case
  when length(value) not between 1 and longest then false
  when octet_length(value) <= longest then true
  else length(value) + length(regexp_replace(value, '[\u0001-\uffff]', '', 'g')) <= longest
end
$$;
