-- What a reference says of its call, by the names of an outcome; null for a text that is none, or one of a later version. The
-- form and its pattern are those of contracts/reference/reference.ts; test/ingest/references.test.ts holds both together.
-- Whether it is signed does not matter here: whoever may write into the queue may say anything.
create or replace function winrate.read_reference(reference text) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  part text[];
begin
  if reference is null or length(reference) > 2048 or reference collate "C"
    !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}~w1~[0-9]{0,16}~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)*~[1-9][0-9]{0,2}~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)*~(?:1|0[.][0-9]{1,22}|[1-9](?:[.][0-9]{1,17})?e-[0-9]{1,2})?~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[0-9a-f]{16})?~[a-z0-9_.-]*(?:~[hl][0-9a-f]{8}|~would~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+)?(?:~[A-Za-z0-9_-]{22})?$'
  then
    return null;
  end if;
  part := string_to_array(reference, '~');
  return jsonb_strip_nulls(jsonb_build_object(
    'decision_id', part[1],
    'snapshot_version', nullif(part[3], '')::numeric,
    'task_type', winrate.reference_text(part[4]),
    'model_name', winrate.reference_text(part[5]),
    'provider', winrate.reference_text(part[6]),
    'thinking_level', winrate.reference_text(part[7]),
    'attempt', part[8]::numeric,
    'after', winrate.reference_text(part[9]),
    'propensity', nullif(part[10], '')::numeric,
    'instance_id', winrate.reference_text(part[11]),
    'session', nullif(part[12], ''),
    'context', nullif(translate(part[13], '.', ' '), ''),
    'arm', case when length(part[14]) = 9 then case left(part[14], 1) when 'h' then 'holdout' else 'learned' end end,
    'experiment', case when length(part[14]) = 9 then substr(part[14], 2) end,
    'would_choose', case when part[14] = 'would' then winrate.reference_text(part[15]) end
  ));
end $$;
