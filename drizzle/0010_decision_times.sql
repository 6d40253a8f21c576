CREATE TABLE "winrate"."reporting_delays" (
	"task_type" text NOT NULL,
	"success" boolean NOT NULL,
	"outcomes" integer NOT NULL,
	"hours" double precision NOT NULL,
	CONSTRAINT "reporting_delays_pkey" PRIMARY KEY("task_type","success")
);
--> statement-breakpoint
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "decided_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "winrate"."tick_state" ADD COLUMN "delays_measured_at" timestamp with time zone;