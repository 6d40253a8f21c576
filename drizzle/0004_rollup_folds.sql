CREATE TABLE "winrate"."rollup_changes" (
	"fold_id" bigint NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"instance_id" text NOT NULL,
	"samples" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"transport_failures" bigint DEFAULT 0 NOT NULL,
	"quality_sum" double precision DEFAULT 0 NOT NULL,
	"quality_count" bigint DEFAULT 0 NOT NULL,
	"response_time_sum_ms" double precision DEFAULT 0 NOT NULL,
	"response_time_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "winrate"."rollup_increments" (
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"instance_id" text NOT NULL,
	"samples" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"transport_failures" bigint DEFAULT 0 NOT NULL,
	"quality_sum" double precision DEFAULT 0 NOT NULL,
	"quality_count" bigint DEFAULT 0 NOT NULL,
	"response_time_sum_ms" double precision DEFAULT 0 NOT NULL,
	"response_time_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "winrate"."rollup_state" (
	"singleton" boolean PRIMARY KEY NOT NULL,
	"last_fold" bigint NOT NULL,
	"first_kept_fold" bigint NOT NULL,
	"folded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rollup_state_singleton_check" CHECK ("winrate"."rollup_state"."singleton")
);
--> statement-breakpoint
CREATE INDEX "rollup_changes_fold_id_idx" ON "winrate"."rollup_changes" USING btree ("fold_id");--> statement-breakpoint
insert into winrate.rollup_state (singleton, last_fold, first_kept_fold, folded_at)
values (true, 0, 1, '-infinity');
--> statement-breakpoint
-- Both are emptied again and again: vacuum by rows, not by shares of a size that is mostly holes.
alter table winrate.rollup_increments set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000
);
--> statement-breakpoint
alter table winrate.rollup_changes set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000
);
--> statement-breakpoint
-- Makes the partition of one day, if it is missing. Rows that strayed into the default partition move
-- in first, because their presence there would forbid the new one. Rollups are updated again and again:
-- with room in their pages the new versions stay out of the index, which is most of the cost.
create or replace function winrate.create_partition(parent text, day date) returns boolean
language plpgsql set timezone = 'UTC' as $$
declare
  name text := parent || '_' || to_char(day, 'YYYY_MM_DD');
  lower_bound text := winrate.partition_bound(parent, day);
  upper_bound text := winrate.partition_bound(parent, day + 1);
  key text := case parent
    when 'task_preferences' then 'outcome_id'
    when 'outcome_rollups' then 'hour'
    when 'rejected_outcomes' then 'rejected_at'
    when 'task_metrics_history' then 'recorded_at'
  end;
begin
  if to_regclass(format('winrate.%I', name)) is not null then
    return false;
  end if;
  execute format(
    'create table winrate.%I (like winrate.%I including defaults including indexes) with (fillfactor = %s)',
    name, parent, case parent when 'outcome_rollups' then 50 else 100 end
  );
  execute format(
    'with strays as (delete from winrate.%I where %I >= %L and %I < %L returning *) insert into winrate.%I select * from strays',
    parent || '_default', key, lower_bound, key, upper_bound, name
  );
  execute format(
    'alter table winrate.%I attach partition winrate.%I for values from (%L) to (%L)',
    parent, name, lower_bound, upper_bound
  );
  return true;
end $$;
--> statement-breakpoint
do $$
declare
  child record;
begin
  for child in
    select inhrelid::regclass as name from pg_inherits
    where inhparent = 'winrate.outcome_rollups'::regclass
  loop
    execute format('alter table %s set (fillfactor = 50)', child.name);
  end loop;
end $$;
--> statement-breakpoint
-- The watermark of the queue: one more than the greatest message id that does not wait. Read in one
-- statement with what is counted, and so in the same view of the database, it guarantees that no message
-- with this id or a greater one is counted, however many consumers run and whatever a claimed message
-- holds up: whoever drops what is below it counts nothing twice.
--
-- Below it all is counted or was rejected, but for two exceptions that the next fold counts: a message
-- whose insert was not committed yet (ids are given in order, inserts commit in any), and one that
-- waits although a later one does not. The newest id is read while the statement runs, not in its view:
-- so it is never too small.
create function winrate.queue_watermark() returns bigint
language sql stable as $$
  with newest as materialized (
    select coalesce(
      pg_sequence_last_value(pg_get_serial_sequence('pgmq.q_task_preferences', 'msg_id')::regclass), 0
    ) as msg_id
  ),
  waiting as (
    select msg_id, row_number() over (order by msg_id desc) as place
    from pgmq.q_task_preferences
    -- Whoever may insert can also give a message an id of his own.
    where msg_id <= (select msg_id from newest)
    order by msg_id desc
    limit 100000
  )
  -- The newest ones that all wait, without a gap, are above it. Only the end of a very long queue is
  -- looked at: then more is below it than must be.
  select newest.msg_id + 1
    - (select count(*) from waiting where waiting.msg_id = newest.msg_id + 1 - waiting.place)
  from newest
$$;
--> statement-breakpoint
-- Adds the changes of one fold to the rollups. Always by their key, whatever the planner knows of the
-- sizes: there may be a million rollups a day and a few changes. Nobody else writes rollups meanwhile, so
-- merge meets no conflict; it costs half of what "on conflict" does, which locks each row first.
create function winrate.roll_up_changes(only_fold bigint) returns void
language plpgsql set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
  merge into winrate.outcome_rollups as rollup
  using (
    select hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
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
    updated_at = now()
  when not matched then insert (
    hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
    transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
    cost_sum_usd, cost_count
  ) values (
    change.hour, change.task_type, change.model_name, change.provider, change.thinking_level,
    change.instance_id, change.samples, change.successes, change.transport_failures,
    change.quality_sum, change.quality_count, change.response_time_sum_ms,
    change.response_time_count, change.cost_sum_usd, change.cost_count
  );
end $$;
--> statement-breakpoint
-- Adds all increments to the rollups and keeps them as changes; holds the lock of the rollups until the
-- transaction ends, so what is read of them in it afterwards is what this fold left. Exactly the messages
-- that are no longer in the queue are in them: the watermark is of the same view. With only_if_due it
-- does nothing, and returns nothing, while somebody else holds the lock or soon after the last fold: the
-- kept ones must reach back over several ticks, however many replicas there are.
create function winrate.fold_increments(only_if_due boolean default false)
returns table (fold_id bigint, folded bigint, queue_watermark bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  kept_folds constant bigint := 100;
  this_fold bigint;
  added bigint;
  watermark bigint;
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
  with taken_increments as (
    delete from winrate.rollup_increments
    returning hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
  ),
  noted_changes as (
    insert into winrate.rollup_changes (
      fold_id, hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
    )
    select
      this_fold, hour, task_type, model_name, provider, thinking_level, instance_id,
      sum(samples), sum(successes), sum(transport_failures), sum(quality_sum), sum(quality_count),
      sum(response_time_sum_ms), sum(response_time_count), sum(cost_sum_usd), sum(cost_count)
    from taken_increments
    group by hour, task_type, model_name, provider, thinking_level, instance_id
    returning 1
  )
  select (select count(*) from noted_changes), winrate.queue_watermark()
  into added, watermark;
  if added > 0 then
    perform winrate.roll_up_changes(this_fold);
  end if;
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
--> statement-breakpoint
-- Says that the rollups are others than the folds made them, so that whoever keeps sums of them reads
-- them anew. Takes the lock of the rollups.
create function winrate.forget_changes() returns void
language sql as $$
  update winrate.rollup_state set last_fold = last_fold + 1, first_kept_fold = last_fold + 2
$$;
--> statement-breakpoint
-- Operators mend rollups by hand, through the whole table; that must not go unseen.
create function winrate.note_change_by_hand() returns trigger
language plpgsql as $$
begin
  if current_setting('winrate.folding', true) is distinct from 'on' then
    perform winrate.forget_changes();
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger outcome_rollups_changed_by_hand
after insert or update or delete or truncate on winrate.outcome_rollups
for each statement execute function winrate.note_change_by_hand();
--> statement-breakpoint
-- Lets each noted correction take the place of the outcome that it corrects, in the rollups too. Of
-- several corrections of one outcome the newest counts, whatever the order in which they arrived. No
-- batch is under way meanwhile, so an outcome and its correction cannot pass each other unseen.
create or replace function winrate.apply_corrections(max_corrections integer default 1000) returns integer
language plpgsql as $$
declare
  applied integer;
begin
  if not exists (select from winrate.outcome_corrections where applied_at is null) then
    return 0;
  end if;
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  with pending as (
    select corrected_id, outcome_id
    from winrate.outcome_corrections
    where applied_at is null
    order by received_at, corrected_id, outcome_id
    limit max_corrections
  ),
  affected as (
    select corrected_id as outcome_id from pending
    union
    select rival.outcome_id
    from winrate.outcome_corrections as rival
    where rival.corrected_id in (select corrected_id from pending)
  ),
  judged as materialized (
    select
      outcome.outcome_id,
      outcome.counted,
      not exists (
        select from winrate.outcome_corrections as correction
        where correction.corrected_id = outcome.outcome_id
      )
      and not exists (
        select from winrate.outcome_corrections as rival
        where rival.corrected_id = outcome.corrects and rival.outcome_id > outcome.outcome_id
      ) as counts
    from winrate.task_preferences as outcome
    join affected on affected.outcome_id = outcome.outcome_id
  ),
  turned as (
    update winrate.task_preferences as outcome
    set counted = judged.counts
    from judged
    where outcome.outcome_id = judged.outcome_id and judged.counted <> judged.counts
    returning outcome.*, case when judged.counts then 1 else -1 end as sign
  ),
  noted_increments as (
    insert into winrate.rollup_increments (
      hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
      transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
      cost_sum_usd, cost_count
    )
    select
      date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider,
      coalesce(thinking_level, ''), instance_id,
      coalesce(sum(sign) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and success), 0),
      coalesce(sum(sign) filter (where failure = 'transport'), 0),
      coalesce(sum(sign * response_quality) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and response_quality is not null), 0),
      coalesce(sum(sign * response_time_ms) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and response_time_ms is not null), 0),
      coalesce(sum(sign * cost_usd) filter (where failure is distinct from 'transport'), 0),
      coalesce(sum(sign) filter (where failure is distinct from 'transport' and cost_usd is not null), 0)
    from turned
    group by 1, 2, 3, 4, 5, 6
  ),
  marked as (
    update winrate.outcome_corrections as correction
    set applied_at = now()
    from pending
    where correction.corrected_id = pending.corrected_id and correction.outcome_id = pending.outcome_id
    returning 1
  )
  select count(*) into applied from marked;
  return applied;
end $$;
--> statement-breakpoint
-- Sums the rollups of the hours since `since` anew from the stored outcomes, after those were changed by
-- hand. Batches wait meanwhile. Returns how many rollups there are now.
create or replace function winrate.rebuild_rollups(since timestamptz default '-infinity') returns bigint
language plpgsql as $$
declare
  first_hour timestamptz := date_trunc('hour', since, 'UTC');
  rebuilt bigint;
begin
  perform pg_advisory_xact_lock(hashtext('winrate.corrections'));
  -- In the order in which ingest and retention take their tables.
  lock table winrate.task_preferences in access share mode;
  perform from winrate.rollup_state for update;
  -- What is stored is summed here, so what it would add to these hours is in them already.
  delete from winrate.rollup_increments where hour >= first_hour;
  delete from winrate.outcome_rollups where hour >= first_hour;
  insert into winrate.outcome_rollups (
    hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
    transport_failures, quality_sum, quality_count, response_time_sum_ms, response_time_count,
    cost_sum_usd, cost_count
  )
  select
    date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider,
    coalesce(thinking_level, ''), instance_id,
    count(*) filter (where failure is distinct from 'transport'),
    count(*) filter (where failure is distinct from 'transport' and success),
    count(*) filter (where failure = 'transport'),
    coalesce(sum(response_quality) filter (where failure is distinct from 'transport'), 0),
    count(response_quality) filter (where failure is distinct from 'transport'),
    coalesce(sum(response_time_ms) filter (where failure is distinct from 'transport'), 0),
    count(response_time_ms) filter (where failure is distinct from 'transport'),
    coalesce(sum(cost_usd) filter (where failure is distinct from 'transport'), 0),
    count(cost_usd) filter (where failure is distinct from 'transport')
  from winrate.task_preferences
  where counted and occurred_at >= first_hour
  group by 1, 2, 3, 4, 5, 6;
  get diagnostics rebuilt = row_count;
  return rebuilt;
end $$;
--> statement-breakpoint
revoke execute on all functions in schema winrate from public;
--> statement-breakpoint
-- Messages are written once and read once: how they are compressed is half of what sending one costs.
do $$
begin
  alter table pgmq.q_task_preferences alter column message set compression lz4;
exception
  when feature_not_supported then
    alter table pgmq.q_task_preferences alter column message set storage external;
  when insufficient_privilege then
    raise notice 'the queue belongs to somebody else: its messages stay compressed as they are';
end $$;
