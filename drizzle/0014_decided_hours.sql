CREATE TABLE "winrate"."decided_hours" (
	"instance_id" text NOT NULL,
	"session_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"decided" integer NOT NULL,
	"answered" integer NOT NULL,
	CONSTRAINT "decided_hours_pkey" PRIMARY KEY("hour","instance_id","session_id","task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
CREATE TABLE "winrate"."missing_outcomes" (
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"reported_share" double precision NOT NULL,
	"z" double precision NOT NULL,
	"failures_per_outcome" double precision NOT NULL,
	"least_failures" double precision NOT NULL,
	"instances" jsonb NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "missing_outcomes_pkey" PRIMARY KEY("task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
ALTER TABLE "winrate"."tick_state" ADD COLUMN "missing_judged_at" timestamp with time zone;