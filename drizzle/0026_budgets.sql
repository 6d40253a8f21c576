CREATE TABLE "winrate"."budgets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"per" text NOT NULL,
	"usd" double precision NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"until" timestamp with time zone,
	"pacing" jsonb
);
--> statement-breakpoint
CREATE UNIQUE INDEX "budgets_holding_key" ON "winrate"."budgets" USING btree (("until" is null)) WHERE "winrate"."budgets"."until" is null;