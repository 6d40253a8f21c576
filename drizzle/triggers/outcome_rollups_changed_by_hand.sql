-- Operators correct rollups by hand, through the whole table; kept sums must not miss that.
create or replace trigger outcome_rollups_changed_by_hand
after insert or update or delete or truncate on winrate.outcome_rollups
for each statement execute function winrate.note_change_by_hand();
