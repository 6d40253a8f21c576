import { sql } from 'drizzle-orm'
import { index, primaryKey, timestamp, uuid } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** Which outcome takes the place of which; `applied_at` is null until the rollups say so too. */
export const outcomeCorrections = winrateSchema.table(
  'outcome_corrections',
  {
    correctedId: uuid('corrected_id').notNull(),
    outcomeId: uuid('outcome_id').notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true }).notNull().default(sql`now()`),
    appliedAt: timestamp('applied_at', { withTimezone: true }),
  },
  (table) => [
    primaryKey({
      name: 'outcome_corrections_pkey',
      columns: [table.correctedId, table.outcomeId],
    }),
    index('outcome_corrections_pending_idx')
      .on(table.receivedAt)
      .where(sql`${table.appliedAt} is null`),
  ],
)
