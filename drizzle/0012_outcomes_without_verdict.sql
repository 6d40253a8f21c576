ALTER TABLE "winrate"."task_preferences" ALTER COLUMN "success" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "unjudged" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "unjudged" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "unjudged" bigint DEFAULT 0 NOT NULL;