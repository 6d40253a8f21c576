-- Of days that are there already nothing was observed: to index them would hold up ingest while all outcomes are read. Days to come
-- get the index as they are made.
ALTER TABLE "winrate"."task_preferences" ADD COLUMN "would_choose" text;--> statement-breakpoint
CREATE INDEX "task_preferences_observed_idx" ON ONLY "winrate"."task_preferences" USING btree ("outcome_id") WHERE "winrate"."task_preferences"."would_choose" is not null;