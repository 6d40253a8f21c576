ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "input_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "cache_read_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "output_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."outcome_rollups" ADD COLUMN "token_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "input_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "cache_read_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "output_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "token_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_changes" ADD COLUMN "folded_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "input_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "cache_read_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "output_token_sum" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."rollup_increments" ADD COLUMN "token_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "attempt" integer;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "after" text;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "input_tokens" integer;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "cache_read_tokens" integer;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "output_tokens" integer;