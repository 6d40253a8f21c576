import { doublePrecision, jsonb, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** Paths of requests that are learned apart by what they belong to; decided anew about once an hour. */
export const taskSplits = winrateSchema.table('task_splits', {
  path: text('path').primaryKey(),
  /** By how much it predicts held-out outcomes better, in logarithms of likelihood. */
  gain: doublePrecision('gain').notNull(),
  /** Since when requests are learned apart; null while they are not. */
  since: timestamp('since', { withTimezone: true }),
  /** When models last compared differently there; null on trial. */
  gainedAt: timestamp('gained_at', { withTimezone: true }),
  /** When its last trial began. */
  triedAt: timestamp('tried_at', { withTimezone: true }),
  /** Outcomes of its requests before they were learned apart, by model; null is none. */
  earlier: jsonb('earlier'),
})
