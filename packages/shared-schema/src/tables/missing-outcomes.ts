import { sql } from 'drizzle-orm'
import { doublePrecision, jsonb, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** The models of which outcomes are missing, as they were last judged. */
export const missingOutcomes = winrateSchema.table(
  'missing_outcomes',
  {
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    /** Share of what other models lead to expect that is reported, below 1. */
    reportedShare: doublePrecision('reported_share').notNull(),
    /** How many standard errors that is below 1. */
    z: doublePrecision('z').notNull(),
    /** Failures that count for each outcome of the model, as it lacks them; 0 where the weights were judged. */
    failuresPerOutcome: doublePrecision('failures_per_outcome').notNull(),
    /** Failures that count at least. */
    leastFailures: doublePrecision('least_failures').notNull(),
    /** The instances that lack the most, a hundred at most. */
    instances: jsonb('instances').notNull(),
    since: timestamp('since', { withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({
      name: 'missing_outcomes_pkey',
      columns: [table.taskType, table.modelName, table.provider, table.thinkingLevel],
    }),
  ],
)
