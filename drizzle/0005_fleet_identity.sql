ALTER TABLE "winrate"."snapshot_head" ADD COLUMN "fleet_id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."snapshot_head" ADD COLUMN "fleet_name" text;