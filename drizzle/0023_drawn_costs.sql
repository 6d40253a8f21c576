ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "drawn_cost_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "weighted_samples" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "weighted_successes" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "weighted_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "weighted_cost_count" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "drawn_cost_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "weighted_samples" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "weighted_successes" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "weighted_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "weighted_cost_count" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "drawn_cost_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "weighted_samples" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "weighted_successes" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "weighted_cost_sum_usd" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "weighted_cost_count" double precision DEFAULT 0 NOT NULL;