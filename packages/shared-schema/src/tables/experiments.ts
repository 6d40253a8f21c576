import { sql } from 'drizzle-orm'
import {
  bigint,
  date,
  doublePrecision,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

/** Standing experiments: the one that is running has no end. */
export const experiments = winrateSchema.table(
  'experiments',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Of the sessions, or of the decisions without one, that the baseline routes. */
    share: doublePrecision('share').notNull(),
    /** A model, or the kind of a policy. */
    baseline: text('baseline').notNull(),
    since: timestamp('since', { withTimezone: true }).notNull().default(sql`now()`),
    until: timestamp('until', { withTimezone: true }),
  },
  (table) => [
    // Two commands at once begin one experiment.
    uniqueIndex('experiments_running_key')
      .on(sql`(${table.until} is null)`)
      .where(sql`${table.until} is null`),
    // Outcomes carry no more of the id.
    uniqueIndex('experiments_short_id_key').on(sql`left(${table.id}::text, 8)`),
  ],
)

/**
 * Whose outcomes a row sums. Outcomes of one session are in one bucket, so that the variance between the 256 buckets of an
 * arm allows for how they depend on each other.
 */
const key = () => ({
  experiment: text('experiment').notNull(),
  /** Of the decision, in UTC; -infinity sums the days that are older than the retention. */
  day: date('day').notNull(),
  /** As callers name it. */
  taskType: text('task_type').notNull(),
  arm: text('arm').notNull(),
  bucket: smallint('bucket').notNull(),
  /** Empty for what versions summed that did not tell instances apart. */
  instanceId: text('instance_id').notNull().default(''),
})

const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)
const sum = (name: string) => doublePrecision(name).notNull().default(0)

/** A decision counts by its first attempt; what later attempts cost and achieve is added to it. */
const sums = () => ({
  decisions: count('decisions'),
  /** Those that succeeded or failed. */
  judged: count('judged'),
  successes: count('successes'),
  costCount: count('cost_count'),
  costSumUsd: sum('cost_sum_usd'),
  timeCount: count('time_count'),
  timeSumMs: sum('time_sum_ms'),
})

/** What stored outcomes add to the sums, before the next fold. */
export const experimentIncrements = winrateSchema.table('experiment_increments', {
  ...key(),
  ...sums(),
})

export const experimentRollups = winrateSchema.table(
  'experiment_rollups',
  { ...key(), ...sums() },
  (table) => [
    primaryKey({
      name: 'experiment_rollups_pkey',
      columns: [
        table.experiment,
        table.taskType,
        table.day,
        table.arm,
        table.bucket,
        table.instanceId,
      ],
    }),
  ],
)
