CREATE TABLE "winrate"."instance_quarantines" (
	"instance_id" text NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"reason" text NOT NULL,
	"samples" bigint NOT NULL,
	"win_rate" double precision NOT NULL,
	"expected_win_rate" double precision,
	"since" timestamp with time zone NOT NULL,
	CONSTRAINT "instance_quarantines_pkey" PRIMARY KEY("instance_id","task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
CREATE TABLE "winrate"."instance_verdicts" (
	"instance_id" text PRIMARY KEY NOT NULL,
	"verdict" text NOT NULL,
	"reason" text NOT NULL,
	"decided_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instance_verdicts_verdict_check" CHECK ("winrate"."instance_verdicts"."verdict" in ('quarantined', 'trusted'))
);
--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "evidence" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "reward" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "faded_evidence" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "faded_reward" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "changed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics" ADD COLUMN "quarantined_samples" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "evidence" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "reward" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "faded_evidence" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "faded_reward" double precision;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "changed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "winrate"."task_metrics_history" ADD COLUMN "quarantined_samples" bigint;--> statement-breakpoint
-- Until the first tick says better. The history keeps null: nobody knows what the caps left then.
update winrate.task_metrics set evidence = samples, reward = win_rate where samples > 0;
