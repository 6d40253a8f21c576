import { integer, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** How many drawn decisions a session of a client made for a cell in an hour, and how many of them have an outcome. */
export const decidedHours = winrateSchema.table(
  'decided_hours',
  {
    instanceId: text('instance_id').notNull(),
    sessionId: uuid('session_id').notNull(),
    /** By the client's clock. */
    hour: timestamp('hour', { withTimezone: true }).notNull(),
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    /** Totals, which only grow: of what batches say, the greatest. */
    decided: integer('decided').notNull(),
    answered: integer('answered').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'decided_hours_pkey',
      columns: [
        table.hour,
        table.instanceId,
        table.sessionId,
        table.taskType,
        table.modelName,
        table.provider,
        table.thinkingLevel,
      ],
    }),
  ],
)
