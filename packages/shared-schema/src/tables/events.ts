import { sql } from 'drizzle-orm'
import { bigint, index, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** What changed, when, and by whom; only appended to. What an event is not about is null. */
export const events = winrateSchema.table(
  'events',
  {
    eventId: bigint('event_id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    happenedAt: timestamp('happened_at', { withTimezone: true }).notNull().default(sql`now()`),
    /** One of the kinds that shared-schema/http lists. */
    kind: text('kind').notNull(),
    taskType: text('task_type'),
    provider: text('provider'),
    modelName: text('model_name'),
    thinkingLevel: text('thinking_level'),
    instanceId: text('instance_id'),
    /** For people; names in it come from clients. */
    message: text('message').notNull(),
    /** The worker whose tick found it, or `operator`; null where that is not known. */
    causedBy: text('caused_by'),
  },
  (table) => [index('events_task_type_idx').on(table.taskType, table.eventId)],
)
