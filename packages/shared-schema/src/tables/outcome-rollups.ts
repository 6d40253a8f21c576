import { sql } from 'drizzle-orm'
import { primaryKey, timestamp } from 'drizzle-orm/pg-core'
import { rollupKey, rollupSums } from './rollup-columns.ts'
import { winrateSchema } from './winrate-schema.ts'

/** Sums per hour, cell and instance: what aggregation reads instead of outcomes. Partitioned by day. */
export const outcomeRollups = winrateSchema.table(
  'outcome_rollups',
  {
    ...rollupKey(),
    ...rollupSums(),
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
