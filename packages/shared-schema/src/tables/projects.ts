import { sql } from 'drizzle-orm'
import { boolean, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** The projects beside `default`, each in a database of its own. Read in the database of `default` only. */
export const projects = winrateSchema.table('projects', {
  name: text('name').primaryKey(),
  /** Its database, on the server of this one; null where WINRATE_PROJECTS_FILE has its URL. */
  database: text('database'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().default(sql`now()`),
  /** Whether it is being deleted: workers let go of its database. */
  isEnding: boolean('is_ending').notNull().default(false),
})
