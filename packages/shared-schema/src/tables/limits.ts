import { bigint, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** What replicas refused in an hour because of limits. */
export const limitsReached = winrateSchema.table(
  'limits_reached',
  {
    hour: timestamp('hour', { withTimezone: true }).notNull(),
    /** Whose limit it is; empty for that of the project. */
    tokenId: text('token_id').notNull(),
    /** Its name, as operators write it: `outcomes`. */
    limit: text('limit_name').notNull(),
    /** Of the token, when it was reached. */
    label: text('label').notNull(),
    /** What the limit is. */
    most: bigint('most', { mode: 'number' }).notNull(),
    /** Requests refused, and of new names outcomes rejected. */
    refused: bigint('refused', { mode: 'number' }).notNull(),
    lastAt: timestamp('last_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({
      name: 'limits_reached_pkey',
      columns: [table.hour, table.tokenId, table.limit],
    }),
  ],
)
