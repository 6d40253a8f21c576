-- Made by `npm run db:generate`. Written by hand: the four "PARTITION BY", which drizzle has no word for.
CREATE SCHEMA "winrate";
--> statement-breakpoint
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
CREATE TABLE "winrate"."instance_sessions" (
	"instance_id" text NOT NULL,
	"session_id" uuid NOT NULL,
	"sdk" text NOT NULL,
	"dropped" jsonb NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instance_sessions_pkey" PRIMARY KEY("instance_id","session_id")
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
CREATE TABLE "winrate"."outcome_corrections" (
	"corrected_id" uuid NOT NULL,
	"outcome_id" uuid NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"applied_at" timestamp with time zone,
	CONSTRAINT "outcome_corrections_pkey" PRIMARY KEY("corrected_id","outcome_id")
);
--> statement-breakpoint
CREATE TABLE "winrate"."outcome_rollups" (
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"instance_id" text NOT NULL,
	"samples" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"transport_failures" bigint DEFAULT 0 NOT NULL,
	"quality_sum" double precision DEFAULT 0 NOT NULL,
	"quality_count" bigint DEFAULT 0 NOT NULL,
	"response_time_sum_ms" double precision DEFAULT 0 NOT NULL,
	"response_time_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "outcome_rollups_pkey" PRIMARY KEY("hour","task_type","model_name","provider","thinking_level","instance_id")
) PARTITION BY RANGE ("hour");
--> statement-breakpoint
CREATE TABLE "winrate"."rejected_outcomes" (
	"rejected_id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "winrate"."rejected_outcomes_rejected_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"rejected_at" timestamp with time zone DEFAULT now() NOT NULL,
	"reason" text NOT NULL,
	"message_id" bigint NOT NULL,
	"enqueued_at" timestamp with time zone NOT NULL,
	"ordinal" integer,
	"batch_id" text,
	"instance_id" text,
	"payload" jsonb NOT NULL,
	CONSTRAINT "rejected_outcomes_pkey" PRIMARY KEY("rejected_at","rejected_id")
) PARTITION BY RANGE ("rejected_at");
--> statement-breakpoint
CREATE TABLE "winrate"."rollup_changes" (
	"fold_id" bigint NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"instance_id" text NOT NULL,
	"samples" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"transport_failures" bigint DEFAULT 0 NOT NULL,
	"quality_sum" double precision DEFAULT 0 NOT NULL,
	"quality_count" bigint DEFAULT 0 NOT NULL,
	"response_time_sum_ms" double precision DEFAULT 0 NOT NULL,
	"response_time_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "winrate"."rollup_increments" (
	"hour" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"instance_id" text NOT NULL,
	"samples" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"transport_failures" bigint DEFAULT 0 NOT NULL,
	"quality_sum" double precision DEFAULT 0 NOT NULL,
	"quality_count" bigint DEFAULT 0 NOT NULL,
	"response_time_sum_ms" double precision DEFAULT 0 NOT NULL,
	"response_time_count" bigint DEFAULT 0 NOT NULL,
	"cost_sum_usd" double precision DEFAULT 0 NOT NULL,
	"cost_count" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "winrate"."rollup_state" (
	"singleton" boolean PRIMARY KEY NOT NULL,
	"last_fold" bigint NOT NULL,
	"first_kept_fold" bigint NOT NULL,
	"folded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rollup_state_singleton_check" CHECK ("winrate"."rollup_state"."singleton")
);
--> statement-breakpoint
CREATE TABLE "winrate"."snapshot_head" (
	"singleton" boolean PRIMARY KEY NOT NULL,
	"epoch" uuid NOT NULL,
	"version" bigint NOT NULL,
	"pinned_version" bigint,
	"held_version" bigint,
	"canary_share" double precision,
	"cluster_identity" text,
	CONSTRAINT "snapshot_head_singleton_check" CHECK ("winrate"."snapshot_head"."singleton")
);
--> statement-breakpoint
CREATE TABLE "winrate"."snapshots" (
	"epoch" uuid NOT NULL,
	"version" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"hash" text NOT NULL,
	"cells" integer NOT NULL,
	"samples" bigint NOT NULL,
	"body_gzip" "bytea" NOT NULL,
	CONSTRAINT "snapshots_pkey" PRIMARY KEY("epoch","version")
);
--> statement-breakpoint
CREATE TABLE "winrate"."task_metrics" (
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"samples" bigint NOT NULL,
	"successes" bigint NOT NULL,
	"win_rate" double precision NOT NULL,
	"confidence" double precision NOT NULL,
	"avg_quality" double precision,
	"avg_response_time_ms" double precision,
	"avg_cost_usd" double precision,
	"transport_failures" bigint NOT NULL,
	"instances" integer NOT NULL,
	"evidence" double precision DEFAULT 0 NOT NULL,
	"reward" double precision,
	"faded_evidence" double precision DEFAULT 0 NOT NULL,
	"faded_reward" double precision,
	"changed_at" timestamp with time zone,
	"quarantined_samples" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "task_metrics_pkey" PRIMARY KEY("task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
CREATE TABLE "winrate"."task_metrics_history" (
	"recorded_at" timestamp with time zone NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"samples" bigint NOT NULL,
	"successes" bigint NOT NULL,
	"win_rate" double precision NOT NULL,
	"confidence" double precision NOT NULL,
	"avg_quality" double precision,
	"avg_response_time_ms" double precision,
	"avg_cost_usd" double precision,
	"transport_failures" bigint NOT NULL,
	"instances" integer NOT NULL,
	"evidence" double precision,
	"reward" double precision,
	"faded_evidence" double precision,
	"faded_reward" double precision,
	"changed_at" timestamp with time zone,
	"quarantined_samples" bigint,
	CONSTRAINT "task_metrics_history_pkey" PRIMARY KEY("task_type","model_name","provider","thinking_level","recorded_at")
) PARTITION BY RANGE ("recorded_at");
--> statement-breakpoint
CREATE TABLE "winrate"."task_preferences" (
	"outcome_id" uuid PRIMARY KEY NOT NULL,
	"decision_id" text,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text,
	"prompt" text,
	"prompt_hash" text,
	"prompt_length" integer,
	"response_quality" double precision,
	"success" boolean NOT NULL,
	"response_time_ms" double precision,
	"cost_usd" double precision,
	"instance_id" text NOT NULL,
	"feedback_text" text,
	"failure" text,
	"corrects" uuid,
	"propensity" double precision,
	"snapshot_version" bigint,
	"occurred_at" timestamp with time zone NOT NULL,
	"inserted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"counted" boolean NOT NULL
) PARTITION BY RANGE ("outcome_id");
--> statement-breakpoint
CREATE INDEX "outcome_corrections_pending_idx" ON "winrate"."outcome_corrections" USING btree ("received_at") WHERE "winrate"."outcome_corrections"."applied_at" is null;--> statement-breakpoint
CREATE INDEX "rollup_changes_fold_id_idx" ON "winrate"."rollup_changes" USING btree ("fold_id");--> statement-breakpoint
CREATE INDEX "task_preferences_task_type_model_name_idx" ON "winrate"."task_preferences" USING btree ("task_type","model_name");--> statement-breakpoint
CREATE INDEX "task_preferences_inserted_at_idx" ON "winrate"."task_preferences" USING brin ("inserted_at");