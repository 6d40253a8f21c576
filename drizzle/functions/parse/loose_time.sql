-- A time in another form than the contract's: as languages print it, with an offset, or since 1970 in a unit that its
-- size tells. As readTime of contracts/outcome/read-time.ts.
create or replace function winrate.loose_time(value jsonb) returns timestamptz
language plpgsql stable strict parallel safe as $$
declare
  given constant text := value #>> '{}';
  since_1970 numeric;
  part text[];
  iso text;
begin
  if jsonb_typeof(value) = 'number'
    or jsonb_typeof(value) = 'string' and given ~ '^[ \t\r\n]*[0-9]{10,19}(\.[0-9]{1,9})?[ \t\r\n]*$' then
    since_1970 := given::numeric;
    if since_1970 < 1e9 or since_1970 >= 1e19 then
      return null;
    end if;
    since_1970 := round(since_1970 / case
      when since_1970 < 1e11 then 0.001 when since_1970 < 1e14 then 1 when since_1970 < 1e17 then 1e3 else 1e6
    end);
    if since_1970 < 4102444800000 then
      return timestamptz '1970-01-01 00:00Z' + since_1970::bigint * interval '1 millisecond';
    end if;
  elsif jsonb_typeof(value) = 'string' then
    part := regexp_match(
      left(given, 100),
      '^[ \t\r\n]*([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?([Zz]|[Uu][Tt][Cc]|[Gg][Mm][Tt]|[+-][0-9]{2}(?::?[0-9]{2})?)[ \t\r\n]*$'
    );
    iso := part[1] || 'T' || replace(part[2], ',', '.') || case
      when part[3] ~ '^[+-]'
      then left(part[3], 3) || ':' || coalesce(nullif(replace(substr(part[3], 4), ':', ''), ''), '00')
      else 'Z'
    end;
    if winrate.is_time(iso) then
      return iso::timestamptz;
    end if;
  end if;
  return null;
end $$;
