-- True or false, also as languages without booleans and as forms write it: 1, "0", "True".
create or replace function winrate.json_boolean(value jsonb) returns boolean
language sql immutable parallel safe as $$
  select case
    when jsonb_typeof(value) = 'boolean' then value::boolean
    when value in ('1', '0') then value = '1'
    when jsonb_typeof(value) = 'string' and value #>> '{}' ~* '^[ \t\r\n]*(true|false|1|0)[ \t\r\n]*$'
    then value #>> '{}' ~* '[1t]'
  end
$$;
