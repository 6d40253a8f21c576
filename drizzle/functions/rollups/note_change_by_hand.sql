-- Forgets the kept changes after any write to the rollups but that of a fold.
create or replace function winrate.note_change_by_hand() returns trigger
language plpgsql set jit = off as $$
begin
  if current_setting('winrate.folding', true) is distinct from 'on' then
    perform winrate.forget_changes();
  end if;
  return null;
end $$;
