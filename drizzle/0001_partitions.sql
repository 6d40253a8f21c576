-- What drizzle cannot express: rows outside all days, storage, and the rows of tables that have one row.
create table winrate.task_preferences_default partition of winrate.task_preferences default;
--> statement-breakpoint
create table winrate.rejected_outcomes_default partition of winrate.rejected_outcomes default;
--> statement-breakpoint
create table winrate.task_metrics_history_default partition of winrate.task_metrics_history default;
--> statement-breakpoint
create table winrate.outcome_rollups_default partition of winrate.outcome_rollups default with (fillfactor = 50);
--> statement-breakpoint
-- Both are filled and emptied all the time: vacuum by rows, not by a share of a table that is mostly holes.
alter table winrate.rollup_increments set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000
);
--> statement-breakpoint
alter table winrate.rollup_changes set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000
);
--> statement-breakpoint
insert into winrate.snapshot_head (singleton, epoch, version) values (true, gen_random_uuid(), 0);
--> statement-breakpoint
insert into winrate.rollup_state (singleton, last_fold, first_kept_fold, folded_at)
values (true, 0, 1, '-infinity');
--> statement-breakpoint
-- Messages are written once and read once: compressing them is half the cost of sending them.
do $$
begin
  alter table pgmq.q_task_preferences alter column message set compression lz4;
exception
  when feature_not_supported then
    alter table pgmq.q_task_preferences alter column message set storage external;
  when insufficient_privilege then
    raise notice 'the queue belongs to another role: its messages stay compressed as they are';
end $$;
