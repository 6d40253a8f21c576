-- ISO 8601 with an offset, years 1900 to 2099, only days that exist: the pattern of contracts/outcome.ts. No
-- \d: some collations count digits of other scripts, which no cast reads.
create or replace function winrate.is_time(value text) returns boolean
language sql immutable parallel safe as $$
  select value
    ~ '^((19|20)[0-9]{2}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(19|20)[0-9]{2}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|(19|20)[0-9]{2}-02-(0[1-9]|1[0-9]|2[0-8])|(19(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))-02-29)T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
$$;
