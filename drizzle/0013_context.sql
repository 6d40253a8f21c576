CREATE TABLE "winrate"."task_splits" (
	"path" text PRIMARY KEY NOT NULL,
	"gain" double precision NOT NULL,
	"since" timestamp with time zone,
	"gained_at" timestamp with time zone,
	"tried_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "context" text;--> statement-breakpoint
ALTER TABLE "winrate"."tick_state" ADD COLUMN "contexts_summed_at" timestamp with time zone;