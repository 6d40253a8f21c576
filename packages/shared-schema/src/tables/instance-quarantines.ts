import { sql } from 'drizzle-orm'
import { bigint, check, doublePrecision, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** What the last tick left out: a row per instance and cell. Each tick replaces the whole table. */
export const instanceQuarantines = winrateSchema.table(
  'instance_quarantines',
  {
    instanceId: text('instance_id').notNull(),
    taskType: text('task_type').notNull(),
    modelName: text('model_name').notNull(),
    provider: text('provider').notNull(),
    /** Empty where the model was called without one. */
    thinkingLevel: text('thinking_level').notNull(),
    /**
     * `differs`: its win rate is off in this cell; `differs-elsewhere`: it is in the cells that hold
     * most of its samples, so all of it is left out; `operator`: an operator's verdict.
     */
    reason: text('reason').notNull(),
    /** Outcomes of the instance in this cell and window. */
    samples: bigint('samples', { mode: 'number' }).notNull(),
    winRate: doublePrecision('win_rate').notNull(),
    /** What the other instances' outcomes lead to expect; null where no other instance has any. */
    expectedWinRate: doublePrecision('expected_win_rate'),
    /** The tick that left it out first, without a break since. */
    since: timestamp('since', { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({
      name: 'instance_quarantines_pkey',
      columns: [
        table.instanceId,
        table.taskType,
        table.modelName,
        table.provider,
        table.thinkingLevel,
      ],
    }),
  ],
)

/** An operator's word on an instance, which comes before what its numbers say. */
export const instanceVerdicts = winrateSchema.table(
  'instance_verdicts',
  {
    instanceId: text('instance_id').primaryKey(),
    /** `quarantined`: never counted; `trusted`: never quarantined, capped like any other. */
    verdict: text('verdict').notNull(),
    reason: text('reason').notNull(),
    decidedAt: timestamp('decided_at', { withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    check('instance_verdicts_verdict_check', sql`${table.verdict} in ('quarantined', 'trusted')`),
  ],
)
