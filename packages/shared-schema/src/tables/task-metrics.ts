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
  /** What models are compared by: no single call or instance decides it. Null where too few calls reported one. */
  typicalResponseTimeMs: doublePrecision('typical_response_time_ms'),
  typicalCostUsd: doublePrecision('typical_cost_usd'),
})

const learned = (name: string) => doublePrecision(name).notNull().default(0)

/** Current metrics of every cell with outcomes in the window, or with faded ones that still count. */
export const taskMetrics = winrateSchema.table(
  'task_metrics',
  {
    ...metricColumns(),
    /** Outcomes that the posterior rests on: the drawn ones, after one instance's mass was capped. */
    evidence: learned('evidence'),
    /** Mean reward of the evidence, 0 to 1; null without evidence. */
    reward: doublePrecision('reward'),
    /** Outcomes that have left the window, fading with age: they shape the prior only. */
    fadedEvidence: learned('faded_evidence'),
    fadedReward: doublePrecision('faded_reward'),
    /** Outcomes in the window that nobody drew: they shape the prior only. */
    undrawnEvidence: learned('undrawn_evidence'),
    undrawnReward: doublePrecision('undrawn_reward'),
    /** The break from which the cell counts; null where none was found. */
    changedAt: timestamp('changed_at', { withTimezone: true }),
    /** Outcomes in the window that a quarantine leaves out of the samples. */
    quarantinedSamples: bigint('quarantined_samples', { mode: 'number' }).notNull().default(0),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
  },
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
  {
    recordedAt: timestamp('recorded_at', { withTimezone: true }).notNull(),
    ...metricColumns(),
    // As in task_metrics; null in rows from before these were kept.
    evidence: doublePrecision('evidence'),
    reward: doublePrecision('reward'),
    fadedEvidence: doublePrecision('faded_evidence'),
    fadedReward: doublePrecision('faded_reward'),
    undrawnEvidence: doublePrecision('undrawn_evidence'),
    undrawnReward: doublePrecision('undrawn_reward'),
    changedAt: timestamp('changed_at', { withTimezone: true }),
    quarantinedSamples: bigint('quarantined_samples', { mode: 'number' }),
  },
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
