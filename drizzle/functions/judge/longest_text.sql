-- The characters at which a text is cut, for the texts whose beginning says something too.
create or replace function winrate.longest_text(field text) returns integer
language sql immutable parallel safe as $$
  select case field when 'prompt' then 65536 when 'feedback_text' then 16384 when 'failure' then 40 when 'after' then 2000 end
$$;
