import { sql } from 'drizzle-orm'
import { doublePrecision, jsonb, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** What calls may cost: the budget that holds now has no end. */
export const budgets = winrateSchema.table(
  'budgets',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** `call` or `day`: what so many US dollars are for. */
    per: text('per').notNull(),
    usd: doublePrecision('usd').notNull(),
    since: timestamp('since', { withTimezone: true }).notNull().default(sql`now()`),
    until: timestamp('until', { withTimezone: true }),
    /** What the last tick counted and decided; null before the first. */
    pacing: jsonb('pacing'),
  },
  (table) => [
    // Two commands at once set one budget.
    uniqueIndex('budgets_holding_key')
      .on(sql`(${table.until} is null)`)
      .where(sql`${table.until} is null`),
  ],
)
