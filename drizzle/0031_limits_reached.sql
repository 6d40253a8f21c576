CREATE TABLE "winrate"."limits_reached" (
	"hour" timestamp with time zone NOT NULL,
	"token_id" text NOT NULL,
	"limit_name" text NOT NULL,
	"label" text NOT NULL,
	"most" bigint NOT NULL,
	"refused" bigint NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "limits_reached_pkey" PRIMARY KEY("hour","token_id","limit_name")
);
