import { isNotNull, sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

// Partitioned by range of outcome_id: a UUID v7 begins with its time, so the partition key is what a
// re-sent outcome repeats, the key is unique across all partitions, and old days can be dropped.
export const taskPreferences = winrateSchema.table(
  'task_preferences',
  {
    outcomeId: uuid('outcome_id').primaryKey(),
    decisionId: text('decision_id'),
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    thinkingLevel: text('thinking_level'),
    prompt: text('prompt'),
    promptHash: text('prompt_hash'),
    promptLength: integer('prompt_length'),
    responseQuality: doublePrecision('response_quality'),
    /** Null where the model answered and nobody judged the answer. */
    success: boolean('success'),
    responseTimeMs: doublePrecision('response_time_ms'),
    costUsd: doublePrecision('cost_usd'),
    instanceId: text('instance_id').notNull(),
    feedbackText: text('feedback_text'),
    failure: text('failure'),
    corrects: uuid('corrects'),
    propensity: doublePrecision('propensity'),
    snapshotVersion: bigint('snapshot_version', { mode: 'number' }),
    occurredAt: timestamp('occurred_at', { withTimezone: true }).notNull(),
    insertedAt: timestamp('inserted_at', { withTimezone: true }).notNull().default(sql`now()`),
    /** Whether the rollups contain it; false for an outcome that a correction took the place of. */
    counted: boolean('counted').notNull(),
    /** The model that answered, where the provider redirected the call. */
    answeredBy: text('answered_by'),
    /** How the failure counts, as judged at ingest; null without one, and for outcomes of earlier versions. */
    failureKind: text('failure_kind'),
    /** A hash of the session key; null without one, and for outcomes of earlier versions. */
    session: text('session'),
    /** When its decision was made, as the decision's id says; null where it says nothing, and for outcomes of earlier versions. */
    decidedAt: timestamp('decided_at', { withTimezone: true }),
    /** What its request belongs to: labels with hashes of their values; null without any. */
    context: text('context'),
    /** Which attempt of its decision it was, from 1; null where nobody said. */
    attempt: integer('attempt'),
    /** The models whose answers were judged as failures before it, comma-separated; null where none was. */
    after: text('after'),
    inputTokens: integer('input_tokens'),
    cacheReadTokens: integer('cache_read_tokens'),
    outputTokens: integer('output_tokens'),
    /** The arm of the standing experiment: `holdout` or `learned`; null outside of one. */
    arm: text('arm'),
    /** The first 8 hex characters of the experiment's id. */
    experiment: text('experiment'),
    /** What the router would have chosen, `provider/model/level`, where its caller only observes it; else null. */
    wouldChoose: text('would_choose'),
  },
  (table) => [
    index('task_preferences_task_type_model_name_idx').on(table.taskType, table.modelName),
    index('task_preferences_inserted_at_idx').using('brin', table.insertedAt),
    // Empty where nobody observes.
    index('task_preferences_observed_idx').on(table.outcomeId).where(isNotNull(table.wouldChoose)),
  ],
)
