-- Makes the rollups of the hours from `first_hour` to before `end_hour` what the stored outcomes add up to. Nothing
-- waits for it, however long it takes, and it is right at every moment: at any one, the rollups and the increments
-- together say what the outcomes do, so what they differ by then is added as increments. Returns how many
-- rollups differed; what a large difference leaves by rounding, the next call repairs.
create or replace function winrate.rebuild_hours(first_hour timestamptz, end_hour timestamptz) returns bigint
language plpgsql set jit = off set work_mem = '64MB' set timezone = 'UTC' as $$
declare
  differed bigint;
begin
  -- Two at once would both add the same difference.
  lock table winrate.lock_rebuild in exclusive mode;
  -- No difference repairs these.
  if exists (
    select from winrate.outcome_rollups
    where hour >= first_hour and hour < end_hour
      and quality_sum + response_time_sum_ms + cost_sum_usd + response_time_root_sum + cost_root_sum + drawn_quality_sum
        + draw_weight_sum + draw_weight_square_sum + weighted_cost_sum_usd in ('NaN', 'Infinity', '-Infinity')
  ) then
    delete from winrate.outcome_rollups
    where hour >= first_hour and hour < end_hour
      and quality_sum + response_time_sum_ms + cost_sum_usd + response_time_root_sum + cost_root_sum + drawn_quality_sum
        + draw_weight_sum + draw_weight_square_sum + weighted_cost_sum_usd in ('NaN', 'Infinity', '-Infinity');
  end if;
  insert into winrate.rollup_increments
  select
    hour, task_type, model_name, provider, thinking_level, instance_id,
    sum(samples), sum(successes), sum(transport_failures), sum(quality_sum), sum(quality_count),
    sum(response_time_sum_ms), sum(response_time_count), sum(cost_sum_usd), sum(cost_count),
    sum(response_time_root_sum), sum(cost_root_sum), sum(drawn_samples), sum(drawn_successes),
    sum(drawn_quality_sum), sum(drawn_quality_count), sum(draw_weight_sum), sum(draw_weight_square_sum), sum(unjudged),
    sum(input_token_sum), sum(cache_read_token_sum), sum(output_token_sum), sum(token_count), sum(drawn_cost_sum_usd),
    sum(drawn_cost_count), sum(weighted_samples), sum(weighted_successes), sum(weighted_cost_sum_usd), sum(weighted_cost_count)
  from (
    select contribution.*
    from winrate.task_preferences as outcome
    cross join lateral winrate.contribution(outcome) as contribution
    where outcome.counted and contribution.hour >= first_hour and contribution.hour < end_hour
      -- An outcome counts at the time of its decision: see winrate.decision_time.
      and outcome.occurred_at >= first_hour and outcome.occurred_at < end_hour + interval '7 days'
    union all
    select
      hour, task_type, model_name, provider, thinking_level, instance_id, -samples, -successes,
      -transport_failures, -quality_sum, -quality_count, -response_time_sum_ms, -response_time_count,
      -cost_sum_usd, -cost_count, -response_time_root_sum, -cost_root_sum, -drawn_samples, -drawn_successes,
      -drawn_quality_sum, -drawn_quality_count, -draw_weight_sum, -draw_weight_square_sum, -unjudged,
      -input_token_sum, -cache_read_token_sum, -output_token_sum, -token_count,
      -drawn_cost_sum_usd, -drawn_cost_count, -weighted_samples, -weighted_successes, -weighted_cost_sum_usd,
      -weighted_cost_count
    from winrate.outcome_rollups
    where hour >= first_hour and hour < end_hour
    union all
    select
      hour, task_type, model_name, provider, thinking_level, instance_id, -samples, -successes,
      -transport_failures, -quality_sum, -quality_count, -response_time_sum_ms, -response_time_count,
      -cost_sum_usd, -cost_count, -response_time_root_sum, -cost_root_sum, -drawn_samples, -drawn_successes,
      -drawn_quality_sum, -drawn_quality_count, -draw_weight_sum, -draw_weight_square_sum, -unjudged,
      -input_token_sum, -cache_read_token_sum, -output_token_sum, -token_count,
      -drawn_cost_sum_usd, -drawn_cost_count, -weighted_samples, -weighted_successes, -weighted_cost_sum_usd,
      -weighted_cost_count
    from winrate.rollup_increments
    where hour >= first_hour and hour < end_hour
  ) as compared
  group by hour, task_type, model_name, provider, thinking_level, instance_id
  -- Sums of fractions depend on their order, a little.
  having sum(samples) <> 0 or sum(successes) <> 0 or sum(transport_failures) <> 0
    or sum(quality_count) <> 0 or sum(response_time_count) <> 0 or sum(cost_count) <> 0
    or sum(response_time_root_sum) <> 0 or sum(cost_root_sum) <> 0
    or sum(drawn_samples) <> 0 or sum(drawn_successes) <> 0 or sum(drawn_quality_count) <> 0
    or sum(draw_weight_sum) <> 0 or sum(draw_weight_square_sum) <> 0 or sum(unjudged) <> 0
    or sum(input_token_sum) <> 0 or sum(cache_read_token_sum) <> 0 or sum(output_token_sum) <> 0 or sum(token_count) <> 0
    or sum(drawn_cost_count) <> 0 or sum(weighted_samples) <> 0 or sum(weighted_successes) <> 0 or sum(weighted_cost_count) <> 0
    or abs(sum(quality_sum)) > 1e-9 * greatest(1, sum(abs(quality_sum)))
    or abs(sum(drawn_quality_sum)) > 1e-9 * greatest(1, sum(abs(drawn_quality_sum)))
    or abs(sum(response_time_sum_ms)) > 1e-9 * greatest(1, sum(abs(response_time_sum_ms)))
    or abs(sum(cost_sum_usd)) > 1e-9 * greatest(1, sum(abs(cost_sum_usd)))
    or abs(sum(drawn_cost_sum_usd)) > 1e-9 * greatest(1, sum(abs(drawn_cost_sum_usd)))
    or abs(sum(weighted_cost_sum_usd)) > 1e-9 * greatest(1, sum(abs(weighted_cost_sum_usd)));
  get diagnostics differed = row_count;
  if differed > 0 then
    -- Takes the lock of the rollups at the end, for a moment.
    perform winrate.fold_increments();
    -- These add nothing, so kept sums stay right.
    perform set_config('winrate.folding', 'on', true);
    delete from winrate.outcome_rollups
    where hour >= first_hour and hour < end_hour
      and samples = 0 and transport_failures = 0 and quality_count = 0 and response_time_count = 0
      and cost_count = 0 and unjudged = 0 and token_count = 0;
    perform set_config('winrate.folding', 'off', true);
  end if;
  return differed;
end $$;
