ALTER TABLE "winrate"."task_preferences" ADD COLUMN "answered_by" text;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "failure_kind" text;