create or replace function winrate.json_timestamp(value jsonb) returns timestamptz
language sql stable parallel safe as $$
  select case
  when jsonb_typeof(value) = 'string' then
    case
      when value #>> '{}' like '20__-__-__T__:__:__.___Z'
        and translate(value #>> '{}', '0123456789', '') = '--T::.Z'
        and substr(value #>> '{}', 6, 2) collate "C" between '01' and '12'
        and substr(value #>> '{}', 9, 2) collate "C" between '01' and '28'
        and substr(value #>> '{}', 12, 2) collate "C" <= '23'
        and substr(value #>> '{}', 15, 2) collate "C" <= '59'
        and substr(value #>> '{}', 18, 2) collate "C" <= '59'
      then (value #>> '{}')::timestamptz
      else winrate.parse_timestamp(value #>> '{}')
    end
end
$$;
