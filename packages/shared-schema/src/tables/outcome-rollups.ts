import { sql } from 'drizzle-orm'
import { bigint, doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)
const sum = (name: string) => doublePrecision(name).notNull().default(0)

/** Sums per hour, cell and instance: what aggregation reads instead of outcomes. Partitioned by day. */
export const outcomeRollups = winrateSchema.table(
  'outcome_rollups',
  {
    hour: timestamp('hour', { withTimezone: true }).notNull(),
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    instanceId: text('instance_id').notNull(),
    samples: count('samples'),
    successes: count('successes'),
    transportFailures: count('transport_failures'),
    qualitySum: sum('quality_sum'),
    qualityCount: count('quality_count'),
    responseTimeSumMs: sum('response_time_sum_ms'),
    responseTimeCount: count('response_time_count'),
    costSumUsd: sum('cost_sum_usd'),
    costCount: count('cost_count'),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({
      name: 'outcome_rollups_pkey',
      columns: [
        table.hour,
        table.taskType,
        table.modelName,
        table.provider,
        table.thinkingLevel,
        table.instanceId,
      ],
    }),
  ],
)
