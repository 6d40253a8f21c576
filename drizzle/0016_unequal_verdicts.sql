CREATE TABLE "winrate"."unequal_verdicts" (
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"relative_share" double precision NOT NULL,
	"z" double precision NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unequal_verdicts_pkey" PRIMARY KEY("task_type","model_name","provider","thinking_level")
);
