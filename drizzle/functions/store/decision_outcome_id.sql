-- The id of the outcome of one candidate of one decision, so that whoever records it again says more about the
-- same outcome. A copy of names/decision-outcome-id.ts; test/ingest/last-word.test.ts holds both to each other. A
-- UUID names a decision everywhere, any other text only within its instance.
create or replace function winrate.decision_outcome_id(
  decision_id text, provider text, model_name text, thinking_level text, instance_id text
)
returns uuid
language sql immutable parallel safe as $$
  select (
    case when named.version = '7' then left(decision_id, 13) || '-7'
    else substr(digest, 19, 8) || '-' || substr(digest, 27, 4) || '-8' end
    || substr(digest, 1, 3) || '-8' || substr(digest, 4, 3) || '-' || substr(digest, 7, 12)
  )::uuid
  from (
    select substring(
      decision_id
      from '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
    ) as version
  ) as named
  cross join lateral encode(
    sha256(convert_to(
      decision_id || E'\n' || coalesce(provider, 'unknown') || E'\n' || model_name || E'\n'
        || coalesce(thinking_level, '')
        || case when named.version is null then E'\n' || coalesce(instance_id, '') else '' end,
      'UTF8'
    )),
    'hex'
  ) as digest
$$;
