-- ISO 8601 with an offset, years 2000 to 2099, only days that exist; the same as occurredAtSchema of the
-- contracts. No \d: some collations count digits of other scripts, which no cast reads.
create or replace function winrate.json_timestamp(value jsonb) returns timestamptz
language sql stable parallel safe as $$
  select case
    when winrate.json_text(value) ~ '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
    then
      case
        when substr(value #>> '{}', 9, 2)::int <= extract(
          day from make_date(left(value #>> '{}', 4)::int, substr(value #>> '{}', 6, 2)::int, 1)
            + interval '1 month' - interval '1 day'
        )
        then (value #>> '{}')::timestamptz
      end
  end
$$;
