import { sql } from 'drizzle-orm'
import { bigint, integer, jsonb, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** The dead letters: what could not be stored, whole, with the reason. Partitioned by day. */
export const rejectedOutcomes = winrateSchema.table(
  'rejected_outcomes',
  {
    rejectedId: bigint('rejected_id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    rejectedAt: timestamp('rejected_at', { withTimezone: true }).notNull().default(sql`now()`),
    reason: text('reason').notNull(),
    /** Queue message that it came in. */
    messageId: bigint('message_id', { mode: 'number' }).notNull(),
    enqueuedAt: timestamp('enqueued_at', { withTimezone: true }).notNull(),
    /** Place within a sealed batch, from 1; null when the message as a whole was rejected. */
    ordinal: integer('ordinal'),
    batchId: text('batch_id'),
    instanceId: text('instance_id'),
    payload: jsonb('payload').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'rejected_outcomes_pkey',
      columns: [table.rejectedAt, table.rejectedId],
    }),
  ],
)
