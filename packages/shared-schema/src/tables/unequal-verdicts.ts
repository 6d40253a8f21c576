import { sql } from 'drizzle-orm'
import { doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** The models of which clearly more or fewer answers have a verdict than of the others, as they were last judged. */
export const unequalVerdicts = winrateSchema.table(
  'unequal_verdicts',
  {
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    /** Verdicts of the model for each that other models lead to expect; 1 where they are equal. */
    relativeShare: doublePrecision('relative_share').notNull(),
    /** How many standard errors that is below 1; negative where it is above. */
    z: doublePrecision('z').notNull(),
    since: timestamp('since', { withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({
      name: 'unequal_verdicts_pkey',
      columns: [table.taskType, table.modelName, table.provider, table.thinkingLevel],
    }),
  ],
)
