import { boolean, doublePrecision, integer, primaryKey, text } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** How long after their decisions outcomes arrive, by task type and verdict; measured about once an hour. */
export const reportingDelays = winrateSchema.table(
  'reporting_delays',
  {
    taskType: text('task_type').notNull(),
    success: boolean('success').notNull(),
    /** The outcomes that were looked at. */
    outcomes: integer('outcomes').notNull(),
    /** 95 of 100 arrive within so many hours. */
    hours: doublePrecision('hours').notNull(),
  },
  (table) => [
    primaryKey({ name: 'reporting_delays_pkey', columns: [table.taskType, table.success] }),
  ],
)
