CREATE TABLE "winrate"."experiment_increments" (
	"experiment" text NOT NULL,
	"day" date NOT NULL,
	"task_type" text NOT NULL,
	"arm" text NOT NULL,
	"bucket" smallint NOT NULL,
	"decisions" bigint DEFAULT 0 NOT NULL,
	"judged" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"time_count" bigint DEFAULT 0 NOT NULL,
	"time_sum_ms" double precision DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "winrate"."experiment_rollups" (
	"experiment" text NOT NULL,
	"day" date NOT NULL,
	"task_type" text NOT NULL,
	"arm" text NOT NULL,
	"bucket" smallint NOT NULL,
	"decisions" bigint DEFAULT 0 NOT NULL,
	"judged" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"time_count" bigint DEFAULT 0 NOT NULL,
	"time_sum_ms" double precision DEFAULT 0 NOT NULL,
	CONSTRAINT "experiment_rollups_pkey" PRIMARY KEY("experiment","task_type","day","arm","bucket")
);
--> statement-breakpoint
CREATE TABLE "winrate"."experiments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"share" double precision NOT NULL,
	"baseline" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"until" timestamp with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "experiments_running_key" ON "winrate"."experiments" USING btree (("until" is null)) WHERE "winrate"."experiments"."until" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "experiments_short_id_key" ON "winrate"."experiments" USING btree (left("id"::text, 8));