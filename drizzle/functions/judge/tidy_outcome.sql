-- An outcome of any shape, as winrate.read_outcomes reads it: aliases resolved, unknown fields dropped, each value in a
-- form that its column's type reads, texts of any length cut where they may be; what cannot be read is left out, by
-- name. Or the problem, where a required value cannot be read. `columns` comes from winrate.outcome_columns.
create or replace function winrate.tidy_outcome(value jsonb, columns jsonb)
returns table (outcome jsonb, problem text, left_out text[])
language sql stable as $$
  select
    coalesce(jsonb_object_agg(name, tidy) filter (where tidy is not null), '{}'),
    case
      when jsonb_typeof(value) <> 'object' then 'outcome_not_object'
      else coalesce(
        min(name || '_invalid') filter (where tidy is null and winrate.is_required(name)),
        -- Null says that nobody judged the answer. To say nothing is a mistake.
        case when not value ? 'success' then 'success_invalid' end
      )
    end,
    coalesce(
      array_agg(name order by name) filter (where tidy is null or tidy = '"unreadable"' and given <> tidy), '{}'
    )
  from (
    select
      name, given,
      case columns ->> name
        when 'text' then
          case
            when name = 'failure' then winrate.tidy_failure(given, fields -> 'success')
            -- What followed a failure is no first attempt, whatever failed.
            when name = 'after' and jsonb_typeof(given) <> 'string' then '"unreadable"'
            when jsonb_typeof(given) <> 'string' then null
            when winrate.longest_text(name) is not null
            then to_jsonb(left(given #>> '{}', winrate.longest_text(name)))
            when name not in ('prompt_hash', 'session') or translate(given #>> '{}', '0123456789abcdef', '') = ''
            then given
          end
        when 'boolean' then to_jsonb(winrate.json_boolean(given))
        when 'double precision' then winrate.json_number(given)
        when 'integer' then to_jsonb(winrate.json_integer(given, 2147483647))
        when 'bigint' then to_jsonb(winrate.json_integer(given, 9223372036854775807))
        when 'uuid' then case when winrate.json_uuid(given) is not null then given end
        when 'timestamp with time zone' then to_jsonb(winrate.json_time(given))
      end as tidy
    from (
      select case
        when jsonb_typeof(value) <> 'object' then '{}'
        when value ?| '{selected_model, selected_provider, quality_score}' then
          jsonb_build_object(
            'model_name', value -> 'selected_model',
            'provider', value -> 'selected_provider',
            'response_quality', value -> 'quality_score'
          ) || jsonb_strip_nulls(value)
        else value
      end as fields
    ) as object
    cross join lateral jsonb_each(fields) as field (name, given)
    where columns ? name and given <> 'null'
    -- Judges each field once, though its result is read several times.
    offset 0
  ) as known_fields
$$;
