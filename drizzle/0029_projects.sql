CREATE TABLE "winrate"."projects" (
	"name" text PRIMARY KEY NOT NULL,
	"database" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"is_ending" boolean DEFAULT false NOT NULL
);
