-- What a reference says of its call, by the names of an outcome; null for a text that is none, or one of a later version. The
-- form and its pattern are those of contracts/reference/reference.ts; test/ingest/references.test.ts holds both together.
-- Whether it is signed does not matter here: whoever may write into the queue may say anything.
create or replace function winrate.read_reference(reference text) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  part text[];
begin
  if reference is null or length(reference) > 2048 or reference collate "C"
    !~ '^w1~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}~[0-9]{0,16}~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)+~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)*~[1-9][0-9]{0,2}~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)*~(?:1|0[.][0-9]{1,22}|[1-9](?:[.][0-9]{1,17})?e-[0-9]{1,2})?~(?:[0-9a-f]{16})?~(?:[A-Za-z0-9.-]|_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_)*(?:~[A-Za-z0-9_-]{22})?$'
  then
    return null;
  end if;
  part := string_to_array(reference, '~');
  return jsonb_strip_nulls(jsonb_build_object(
    'instance_id', winrate.reference_text(part[2]),
    'decision_id', part[3],
    'snapshot_version', nullif(part[4], '')::numeric,
    'task_type', winrate.reference_text(part[5]),
    'model_name', winrate.reference_text(part[6]),
    'provider', winrate.reference_text(part[7]),
    'thinking_level', winrate.reference_text(part[8]),
    'attempt', part[9]::numeric,
    'after', winrate.reference_text(part[10]),
    'propensity', nullif(part[11], '')::numeric,
    'session', nullif(part[12], ''),
    'context', winrate.reference_text(part[13])
  ));
end $$;
