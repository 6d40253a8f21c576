-- What one outcome adds to the rollup of its decision's hour, its cell and instance; with sign -1, what it takes back. A
-- failure of transport or configuration says nothing about the model: it is counted apart and is no sample. Of an answer
-- without a verdict the time and cost count; it is no sample either, and no draw, as draws are what rates are learned from.
-- An outcome that followed failures is learned apart: see winrate.learned_task_type. One without an answer counts where it
-- was asked, as whether a provider answers has nothing to do with what failed before.
-- Drawn outcomes are summed a second time, apart, and successes and costs a third time, weighted. Any draw weighs
-- 1 / propensity, whatever became of the call. Fourth roots are in whole millionths and weights in whole 1/1024, so that
-- their sums are exact.
create or replace function winrate.contribution(outcome winrate.task_preferences, sign integer default 1)
returns setof winrate.rollup_increments
language sql immutable parallel safe rows 1 as $$
  select
    -- What date_trunc gives, which would look the time zone up for every outcome.
    date_bin('1 hour', winrate.decision_time(outcome.decided_at, outcome.occurred_at), '2000-01-01 00:00Z'),
    case
      when outcome.after is null or answer = 0 then outcome.task_type
      else winrate.learned_task_type(outcome.task_type, outcome.after)
    end,
    outcome.model_name, outcome.provider, coalesce(outcome.thinking_level, ''),
    outcome.instance_id,
    (sample)::bigint,
    (case when outcome.success then sample else 0 end)::bigint,
    (sign - answer)::bigint,
    coalesce(sample * outcome.response_quality, 0),
    (case when outcome.response_quality is null then 0 else sample end)::bigint,
    coalesce(answer * outcome.response_time_ms, 0),
    (case when outcome.response_time_ms is null then 0 else answer end)::bigint,
    coalesce(answer * outcome.cost_usd, 0),
    (case when outcome.cost_usd is null then 0 else answer end)::bigint,
    coalesce(answer * round(1000000 * sqrt(sqrt(outcome.response_time_ms))), 0),
    coalesce(answer * round(1000000 * sqrt(sqrt(outcome.cost_usd))), 0),
    drawn_sample::bigint,
    (case when outcome.success then drawn_sample else 0 end)::bigint,
    coalesce(drawn_sample * outcome.response_quality, 0),
    (case when outcome.response_quality is null then 0 else drawn_sample end)::bigint,
    sign * weight,
    case when draw = 0 then 0 else sign * round(1024 / greatest(outcome.propensity, 1e-5) ^ 2) / 1024 end,
    (answer - sample)::bigint,
    coalesce(told * outcome.input_tokens, 0),
    coalesce(told * least(coalesce(outcome.cache_read_tokens, 0), outcome.input_tokens), 0),
    coalesce(told * outcome.output_tokens, 0),
    told,
    coalesce(drawn_sample * outcome.cost_usd, 0),
    (case when outcome.cost_usd is null then 0 else drawn_sample end)::bigint,
    drawn_sample * weight,
    case when outcome.success then drawn_sample * weight else 0 end,
    coalesce(drawn_sample * weight * outcome.cost_usd, 0),
    case when outcome.cost_usd is null then 0 else drawn_sample * weight end
  from (
    select *, sample * draw as drawn_sample,
      case when draw = 0 then 0 else round(1024 / greatest(outcome.propensity, 1e-5)) / 1024 end as weight
    from (
      select
        answer,
        case when outcome.input_tokens is null or outcome.output_tokens is null then 0 else answer end::bigint as told,
        case when outcome.success is null then 0 else answer end as sample,
        case
          when winrate.is_drawn(outcome.propensity) and (outcome.success is not null or answer = 0) then 1 else 0
        end as draw
      from (
        select case when winrate.is_sample(outcome.failure, outcome.failure_kind) then sign else 0 end as answer
      ) as answered
    ) as counted
    -- Works each of these out once. Without it, they are written out wherever they are used, which takes half as long again.
    offset 0
  ) as weighed
$$;
