-- The one rule of whose fault a failed statement is: whether an error of this SQLSTATE blames the message that
-- was being stored. So do data that a type or rule refuses (22, 23, 44) and what an operator's own trigger
-- raises (P0001). All else says something of the database or of the moment: no connection, no room, no memory, a
-- lock, a time limit, a shutdown, a missing table or right, a broken page. Then the message waits.
create or replace function winrate.blames_message(state text) returns boolean
language sql immutable parallel safe as $$
  select coalesce(
    -- A sequence that has ended is among the data exceptions.
    (left(state, 2) in ('22', '23', '44') and state <> '2200H') or state = 'P0001',
    false
  )
$$;
