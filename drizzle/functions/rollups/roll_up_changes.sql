-- Adds the changes of one fold to the rollups. Finds each rollup by its key, whatever the planner knows of
-- the sizes: there may be a million rollups a day and few changes, or, when a day begins, many changes and no
-- rollups. To go over a table for each change passes over all that the statement has inserted into it. The caller
-- holds the lock of the rollups, so merge meets no conflict; it costs half of "on conflict", which locks each row
-- first.
create or replace function winrate.roll_up_changes(only_fold bigint) returns void
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
begin
  merge into winrate.outcome_rollups as rollup
  using (
    select hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count, response_time_root_sum, cost_root_sum, drawn_samples, drawn_successes,
      drawn_quality_sum, drawn_quality_count, draw_weight_sum, draw_weight_square_sum, unjudged,
      input_token_sum, cache_read_token_sum, output_token_sum, token_count,
      drawn_cost_sum_usd, drawn_cost_count, weighted_samples, weighted_successes, weighted_cost_sum_usd, weighted_cost_count
    from winrate.rollup_changes
    where fold_id = only_fold
  ) as change
  on rollup.hour = change.hour
    and rollup.task_type = change.task_type
    and rollup.model_name = change.model_name
    and rollup.provider = change.provider
    and rollup.thinking_level = change.thinking_level
    and rollup.instance_id = change.instance_id
  when matched then update set
    samples = rollup.samples + change.samples,
    successes = rollup.successes + change.successes,
    transport_failures = rollup.transport_failures + change.transport_failures,
    quality_sum = rollup.quality_sum + change.quality_sum,
    quality_count = rollup.quality_count + change.quality_count,
    response_time_sum_ms = rollup.response_time_sum_ms + change.response_time_sum_ms,
    response_time_count = rollup.response_time_count + change.response_time_count,
    cost_sum_usd = rollup.cost_sum_usd + change.cost_sum_usd,
    cost_count = rollup.cost_count + change.cost_count,
    response_time_root_sum = rollup.response_time_root_sum + change.response_time_root_sum,
    cost_root_sum = rollup.cost_root_sum + change.cost_root_sum,
    drawn_samples = rollup.drawn_samples + change.drawn_samples,
    drawn_successes = rollup.drawn_successes + change.drawn_successes,
    drawn_quality_sum = rollup.drawn_quality_sum + change.drawn_quality_sum,
    drawn_quality_count = rollup.drawn_quality_count + change.drawn_quality_count,
    draw_weight_sum = rollup.draw_weight_sum + change.draw_weight_sum,
    draw_weight_square_sum = rollup.draw_weight_square_sum + change.draw_weight_square_sum,
    unjudged = rollup.unjudged + change.unjudged,
    input_token_sum = rollup.input_token_sum + change.input_token_sum,
    cache_read_token_sum = rollup.cache_read_token_sum + change.cache_read_token_sum,
    output_token_sum = rollup.output_token_sum + change.output_token_sum,
    token_count = rollup.token_count + change.token_count,
    drawn_cost_sum_usd = rollup.drawn_cost_sum_usd + change.drawn_cost_sum_usd,
    drawn_cost_count = rollup.drawn_cost_count + change.drawn_cost_count,
    weighted_samples = rollup.weighted_samples + change.weighted_samples,
    weighted_successes = rollup.weighted_successes + change.weighted_successes,
    weighted_cost_sum_usd = rollup.weighted_cost_sum_usd + change.weighted_cost_sum_usd,
    weighted_cost_count = rollup.weighted_cost_count + change.weighted_cost_count,
    updated_at = now()
  when not matched then insert (
    hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
    transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
    cost_sum_usd, cost_count, response_time_root_sum, cost_root_sum, drawn_samples, drawn_successes,
    drawn_quality_sum, drawn_quality_count, draw_weight_sum, draw_weight_square_sum, unjudged,
      input_token_sum, cache_read_token_sum, output_token_sum, token_count,
      drawn_cost_sum_usd, drawn_cost_count, weighted_samples, weighted_successes, weighted_cost_sum_usd, weighted_cost_count
  ) values (change.*);
end $$;
