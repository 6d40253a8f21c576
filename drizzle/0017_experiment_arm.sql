ALTER TABLE "winrate"."task_preferences" ADD COLUMN "arm" text;--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "experiment" text;