import { bigint, doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** Offline evaluations that shape priors until an operator removes them. */
export const imports = winrateSchema.table('imports', {
  name: text('name').primaryKey(),
  /** SHA-256 of the file and of how it was read: the same is imported once. */
  fingerprint: text('fingerprint').notNull().unique(),
  importedAt: timestamp('imported_at', { withTimezone: true }).notNull().defaultNow(),
  /** How many scores or outcomes it holds. */
  scores: bigint('scores', { mode: 'number' }).notNull(),
})

/** The sums of an import. No outcome of live traffic is in them, and they are in no rollup. */
export const importedCells = winrateSchema.table(
  'imported_cells',
  {
    name: text('name')
      .notNull()
      .references(() => imports.name, { onDelete: 'cascade' }),
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    samples: doublePrecision('samples').notNull(),
    /** Scores between 0 and 1 count as that much of a success. */
    successes: doublePrecision('successes').notNull(),
    qualitySum: doublePrecision('quality_sum').notNull(),
    qualityCount: doublePrecision('quality_count').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'imported_cells_pkey',
      columns: [table.name, table.taskType, table.modelName, table.provider, table.thinkingLevel],
    }),
  ],
)
