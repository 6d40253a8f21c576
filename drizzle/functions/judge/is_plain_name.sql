-- Whether a name is surely good, read as text from a JSON field of unknown type: it is short enough in
-- any unit, and no number, boolean, list or object reads like that.
create or replace function winrate.is_plain_name(value text, longest integer) returns boolean
language sql immutable parallel safe as $$
  select octet_length(value) <= longest
  and case
    when value collate "C" >= 'A'
    then value not in ('true', 'false') and value not like '[%' and value not like '{%'
    else translate(value, '0123456789.-', '') <> ''
  end
$$;
