import { bigint, doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)

/** What each worker did in a minute, and how it found the queue. */
export const pipelineMinutes = winrateSchema.table(
  'pipeline_minutes',
  {
    minute: timestamp('minute', { withTimezone: true }).notNull(),
    worker: text('worker').notNull(),
    /** Outcomes stored. */
    ingested: count('ingested'),
    /** Outcomes that were there already. */
    duplicates: count('duplicates'),
    /** Outcomes and messages that became dead letters. */
    rejected: count('rejected'),
    /** Age of the oldest message in the queue; null where it was empty or not looked at. */
    lagSeconds: doublePrecision('lag_seconds'),
    /** Messages in the queue; null where it was not looked at. */
    depth: bigint('depth', { mode: 'number' }),
    /** How long the longest tick took; null where the worker did not tick. */
    tickMs: doublePrecision('tick_ms'),
  },
  (table) => [primaryKey({ name: 'pipeline_minutes_pkey', columns: [table.minute, table.worker] })],
)
