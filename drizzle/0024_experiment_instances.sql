ALTER TABLE "winrate"."experiment_increments" ADD COLUMN "instance_id" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."experiment_rollups" ADD COLUMN "instance_id" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."experiment_rollups" DROP CONSTRAINT "experiment_rollups_pkey";
--> statement-breakpoint
ALTER TABLE "winrate"."experiment_rollups" ADD CONSTRAINT "experiment_rollups_pkey" PRIMARY KEY("experiment","task_type","day","arm","bucket","instance_id");