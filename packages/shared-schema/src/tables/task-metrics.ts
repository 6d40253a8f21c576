import { bigint, doublePrecision, integer, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

// A function, not a constant: each table needs columns of its own.
const metricColumns = () => ({
  taskType: text('task_type').notNull(),
  modelName: text('model_name').notNull(),
  provider: text('provider').notNull(),
  /** Empty where the model was called without one. */
  thinkingLevel: text('thinking_level').notNull(),
  samples: bigint('samples', { mode: 'number' }).notNull(),
  successes: bigint('successes', { mode: 'number' }).notNull(),
  winRate: doublePrecision('win_rate').notNull(),
  confidence: doublePrecision('confidence').notNull(),
  avgQuality: doublePrecision('avg_quality'),
  avgResponseTimeMs: doublePrecision('avg_response_time_ms'),
  avgCostUsd: doublePrecision('avg_cost_usd'),
  transportFailures: bigint('transport_failures', { mode: 'number' }).notNull(),
  instances: integer('instances').notNull(),
})

/** Current metrics of every cell with outcomes in the window. */
export const taskMetrics = winrateSchema.table(
  'task_metrics',
  { ...metricColumns(), updatedAt: timestamp('updated_at', { withTimezone: true }).notNull() },
  (table) => [
    primaryKey({
      name: 'task_metrics_pkey',
      columns: [table.taskType, table.modelName, table.provider, table.thinkingLevel],
    }),
  ],
)

/** A row per cell and tick at which the cell changed, for trends. Partitioned by day. */
export const taskMetricsHistory = winrateSchema.table(
  'task_metrics_history',
  { recordedAt: timestamp('recorded_at', { withTimezone: true }).notNull(), ...metricColumns() },
  (table) => [
    primaryKey({
      name: 'task_metrics_history_pkey',
      columns: [
        table.taskType,
        table.modelName,
        table.provider,
        table.thinkingLevel,
        table.recordedAt,
      ],
    }),
  ],
)
