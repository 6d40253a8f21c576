ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "response_time_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "cost_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "response_time_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "cost_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "response_time_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "cost_root_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "typical_response_time_ms" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "typical_cost_usd" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "typical_response_time_ms" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "typical_cost_usd" double precision;
--> statement-breakpoint
-- Rollups from before say nothing of single calls: as if each of their calls had cost and taken the same. Where the
-- outcomes are still stored, "winrate rebuild-rollups" makes them exact.
do $$
declare
  rollups text;
begin
  foreach rollups in array array['outcome_rollups', 'rollup_changes', 'rollup_increments'] loop
    execute format(
      'update winrate.%I set
        response_time_root_sum = coalesce(response_time_count * round(1000000 * sqrt(sqrt(
          greatest(0, response_time_sum_ms / nullif(response_time_count, 0))))), 0),
        cost_root_sum = coalesce(cost_count * round(1000000 * sqrt(sqrt(
          greatest(0, cost_sum_usd / nullif(cost_count, 0))))), 0)
      where response_time_count <> 0 or cost_count <> 0',
      rollups
    );
  end loop;
end $$;
