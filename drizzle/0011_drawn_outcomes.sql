ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_samples" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_successes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_quality_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_quality_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "draw_weight_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "draw_weight_square_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_samples" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_successes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_quality_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_quality_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "draw_weight_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "draw_weight_square_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_samples" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_successes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_quality_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_quality_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "draw_weight_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "draw_weight_square_sum" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_state" ADD COLUMN "is_outdated" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "undrawn_evidence" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "undrawn_reward" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "undrawn_evidence" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "undrawn_reward" double precision;--> statement-breakpoint
-- Rollups from before do not say what was drawn. A worker sums those in the window again.
update winrate.rollup_state set is_outdated = true where exists (select from winrate.outcome_rollups)
  or exists (select from winrate.rollup_increments);
