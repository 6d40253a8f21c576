CREATE TABLE "winrate"."shared_cells" (
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"mass" double precision NOT NULL,
	"reward" double precision NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shared_cells_pkey" PRIMARY KEY("task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
CREATE TABLE "winrate"."sharing" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"shares" boolean NOT NULL,
	"learns" boolean NOT NULL
);
