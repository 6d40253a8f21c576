import { sql } from 'drizzle-orm'
import { bigint, jsonb, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** One life of a client, as its sealed batches tell: its SDK and what it dropped so far. */
export const instanceSessions = winrateSchema.table(
  'instance_sessions',
  {
    instanceId: text('instance_id').notNull(),
    sessionId: uuid('session_id').notNull(),
    sdk: text('sdk').notNull(),
    /** Totals by reason since the session began: of what its batches say, the greatest. */
    dropped: jsonb('dropped').notNull(),
    firstSeenAt: timestamp('first_seen_at', { withTimezone: true }).notNull().default(sql`now()`),
    lastSeenAt: timestamp('last_seen_at', { withTimezone: true }).notNull().default(sql`now()`),
    /** By how much its clock is ahead of the database's, negative if behind; 0 where nothing tells. */
    clockAheadMs: bigint('clock_ahead_ms', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    primaryKey({
      name: 'instance_sessions_pkey',
      columns: [table.instanceId, table.sessionId],
    }),
  ],
)
