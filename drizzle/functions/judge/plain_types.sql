-- A question to all outcomes of a message at once, for jsonb_path_match: is any text, number or boolean of
-- another type, or success absent, which is not the same as null, or is there a reference, which has to be resolved? What cannot be compared makes the answer
-- unknown, so it is false only where each field is of its column's type, null or absent, and no integer is
-- negative. Costs a third of asking field by field. Lists pass, and names are left out: winrate.read_outcomes tells both by how they read.
create or replace function winrate.plain_types(columns jsonb) returns jsonpath
language sql immutable as $$
  select (string_agg(
    '$[*].' || name || case type when 'text' then ' < ""' when 'boolean' then ' > true' else ' < 0' end,
    ' || '
  ) || ' || exists ($[*] ? (!(exists (@.success)) || exists (@.reference)))')::jsonpath
  from (
    select key as name, value as type from jsonb_each_text(columns)
    union all
    values ('quality_score', 'double precision')
  ) as field
  where type not in ('uuid', 'timestamp with time zone')
    and name not in ('task_type', 'model_name', 'provider', 'thinking_level', 'instance_id', 'answered_by')
$$;
