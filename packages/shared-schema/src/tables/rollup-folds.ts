// How outcomes get into the rollups: ingest appends increments, a fold adds all of them to the rollups
// at once and keeps what it added for a while, as changes, so that each replica can bring its own sums
// of the window up to date without reading the rollups again.
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, timestamp } from 'drizzle-orm/pg-core'
import { rollupKey, rollupSums } from './rollup-columns.ts'
import { winrateSchema } from './winrate-schema.ts'

/** What stored outcomes add to the rollups, before the next fold. Has no key: it is only appended to. */
export const rollupIncrements = winrateSchema.table('rollup_increments', {
  ...rollupKey(),
  ...rollupSums(),
})

/** What the latest folds have added to the rollups. */
export const rollupChanges = winrateSchema.table(
  'rollup_changes',
  {
    foldId: bigint('fold_id', { mode: 'number' }).notNull(),
    ...rollupKey(),
    ...rollupSums(),
    foldedAt: timestamp('folded_at', { withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [index('rollup_changes_fold_id_idx').on(table.foldId)],
)

/** One row. To change the rollups, hold its lock. */
export const rollupState = winrateSchema.table(
  'rollup_state',
  {
    singleton: boolean('singleton').primaryKey(),
    lastFold: bigint('last_fold', { mode: 'number' }).notNull(),
    /**
     * Sums of the window as of the fold before this one, or of a later one, can be brought up to date
     * from the changes; others must be read again.
     */
    firstKeptFold: bigint('first_kept_fold', { mode: 'number' }).notNull(),
    foldedAt: timestamp('folded_at', { withTimezone: true }).notNull().default(sql`now()`),
    /** Whether an earlier version, which summed less, made some of the rollups; a worker then sums them again. */
    isOutdated: boolean('is_outdated').notNull().default(false),
  },
  (table) => [check('rollup_state_singleton_check', sql`${table.singleton}`)],
)
