CREATE TABLE "winrate"."tick_state" (
	"singleton" boolean PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"failed_at" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"failure" text,
	CONSTRAINT "tick_state_singleton_check" CHECK ("winrate"."tick_state"."singleton")
);
--> statement-breakpoint
insert into winrate.tick_state (singleton) values (true);
