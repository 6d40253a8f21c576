import { boolean, doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** Whether this project lets others learn from it, and learns from them: one row, or none for neither. */
export const sharing = winrateSchema.table('sharing', {
  isOnly: boolean('is_only').primaryKey().default(true),
  shares: boolean('shares').notNull(),
  learns: boolean('learns').notNull(),
})

/** What other projects know of a cell, summed. It shapes the prior only. */
export const sharedCells = winrateSchema.table(
  'shared_cells',
  {
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model is called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    /** Outcomes that it counts as. */
    mass: doublePrecision('mass').notNull(),
    /** Their mean reward, 0 to 1. */
    reward: doublePrecision('reward').notNull(),
    /** Since when other projects tell of it: what breaks later is not what they knew. */
    since: timestamp('since', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({
      name: 'shared_cells_pkey',
      columns: [table.taskType, table.modelName, table.provider, table.thinkingLevel],
    }),
  ],
)
