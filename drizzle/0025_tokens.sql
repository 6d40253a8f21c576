CREATE TABLE "winrate"."tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"label" text NOT NULL,
	"scopes" text[] NOT NULL,
	"instances" text[],
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"replaced_by" text
);
