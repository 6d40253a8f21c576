-- Adds increments to the rollups and keeps their sums as changes. Holds the lock of the rollups until the
-- transaction ends, so whatever that transaction reads of them is as of this fold. Without max_increments it adds
-- all, and counts exactly the messages that have left the queue, for the watermark is read in the same statement.
-- With it, it adds about the oldest so many, and the watermark is above what it counts. With only_if_due it does
-- nothing, and returns no row, while another session folds or within 10 seconds of the last fold: the kept folds
-- must reach back over several ticks, however many replicas there are.
create or replace function winrate.fold_increments(
  only_if_due boolean default false, max_increments integer default null
)
returns table (fold_id bigint, folded bigint, queue_watermark bigint)
language plpgsql set jit = off as $$
#variable_conflict use_column
declare
  kept_folds constant bigint := 100;
  this_fold bigint;
  added bigint;
  watermark bigint;
  last_place tid;
begin
  if only_if_due then
    if not exists (select from winrate.rollup_increments) then
      return;
    end if;
    select last_fold + 1 into this_fold
    from winrate.rollup_state
    where folded_at <= clock_timestamp() - interval '10 seconds'
    for update skip locked;
    if this_fold is null then
      return;
    end if;
  else
    select last_fold + 1 into this_fold from winrate.rollup_state for update;
  end if;
  perform set_config('winrate.folding', 'on', true);
  -- Enough to sum in memory, until the end of the transaction.
  perform set_config('work_mem', '64MB', true)
  where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB');
  if max_increments is not null then
    select ctid into last_place
    from winrate.rollup_increments
    order by ctid
    offset max_increments - 1 limit 1;
  end if;
  with taken_increments as (
    delete from winrate.rollup_increments
    where last_place is null or ctid <= last_place
    returning *
  ),
  noted_changes as (
    insert into winrate.rollup_changes (
      fold_id, hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count, response_time_root_sum, cost_root_sum, drawn_samples, drawn_successes,
      drawn_quality_sum, drawn_quality_count, draw_weight_sum, draw_weight_square_sum, unjudged,
      input_token_sum, cache_read_token_sum, output_token_sum, token_count,
      drawn_cost_sum_usd, drawn_cost_count, weighted_samples, weighted_successes, weighted_cost_sum_usd, weighted_cost_count
    )
    select
      this_fold, hour, task_type, model_name, provider, thinking_level, instance_id,
      sum(samples), sum(successes), sum(transport_failures), sum(quality_sum), sum(quality_count),
      sum(response_time_sum_ms), sum(response_time_count), sum(cost_sum_usd), sum(cost_count),
      sum(response_time_root_sum), sum(cost_root_sum), sum(drawn_samples), sum(drawn_successes),
      sum(drawn_quality_sum), sum(drawn_quality_count), sum(draw_weight_sum), sum(draw_weight_square_sum),
      sum(unjudged), sum(input_token_sum), sum(cache_read_token_sum), sum(output_token_sum), sum(token_count),
      sum(drawn_cost_sum_usd), sum(drawn_cost_count), sum(weighted_samples), sum(weighted_successes),
      sum(weighted_cost_sum_usd), sum(weighted_cost_count)
    from taken_increments
    group by hour, task_type, model_name, provider, thinking_level, instance_id
    returning 1
  )
  select (select count(*) from noted_changes), winrate.queue_watermark()
  into added, watermark;
  if added > 0 then
    perform winrate.roll_up_changes(this_fold);
  end if;
  perform winrate.fold_experiments() where exists (select from winrate.experiment_increments);
  perform set_config('winrate.folding', 'off', true);
  if added = 0 then
    return query select this_fold - 1, added, watermark;
    return;
  end if;
  update winrate.rollup_state
  set last_fold = this_fold, folded_at = clock_timestamp(),
    first_kept_fold = greatest(first_kept_fold, this_fold - kept_folds + 1);
  delete from winrate.rollup_changes as change where change.fold_id <= this_fold - kept_folds;
  return query select this_fold, added, watermark;
end $$;
