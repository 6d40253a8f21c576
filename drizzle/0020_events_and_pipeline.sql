CREATE TABLE "winrate"."events" (
	"event_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "winrate"."events_event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"happened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"task_type" text,
	"provider" text,
	"model_name" text,
	"thinking_level" text,
	"instance_id" text,
	"message" text NOT NULL,
	"caused_by" text
);
--> statement-breakpoint
CREATE TABLE "winrate"."pipeline_minutes" (
	"minute" timestamp with time zone NOT NULL,
	"worker" text NOT NULL,
	"ingested" bigint DEFAULT 0 NOT NULL,
	"duplicates" bigint DEFAULT 0 NOT NULL,
	"rejected" bigint DEFAULT 0 NOT NULL,
	"lag_seconds" double precision,
	"depth" bigint,
	"tick_ms" double precision,
	CONSTRAINT "pipeline_minutes_pkey" PRIMARY KEY("minute","worker")
);
--> statement-breakpoint
ALTER TABLE "winrate"."snapshots" ADD COLUMN "pinned_from" bigint;--> statement-breakpoint
ALTER TABLE "winrate"."snapshots" ADD COLUMN "leaders" jsonb;--> statement-breakpoint
CREATE INDEX "events_task_type_idx" ON "winrate"."events" USING btree ("task_type","event_id");