-- A text as a reference has it: characters besides letters, digits, dot and hyphen by their code points, `_2f_`. Null for none.
-- In PL/pgSQL, which keeps the plan: a function in SQL would be planned again for each part of each reference.
create or replace function winrate.reference_text(part text) returns text
language plpgsql immutable parallel safe as $$
begin
  if strpos(part, '_') = 0 then
    return nullif(part, '');
  end if;
  return (
    select string_agg(
      case when piece[1] is null then piece[2] else chr(('x' || lpad(piece[1], 8, '0'))::bit(32)::integer) end,
      '' order by place
    )
    from regexp_matches(part, '_([0-9a-f]+)_|([A-Za-z0-9.-]+)', 'g') with ordinality as found (piece, place)
  );
end $$;
