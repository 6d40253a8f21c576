-- Whether a name was surely a text in JSON, going by how it reads: no number, boolean, list or object reads
-- like that. Cheaper than asking its type.
create or replace function winrate.is_plain_name(value text) returns boolean
language sql immutable parallel safe as $$
  select case
    when value collate "C" >= 'A'
    then value not in ('true', 'false') and value not like '[%' and value not like '{%'
    else translate(value, '0123456789.-', '') <> ''
  end
$$;
