import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** Every published snapshot, ready to be sent. The key fences a stale writer. */
export const snapshots = winrateSchema.table(
  'snapshots',
  {
    epoch: uuid('epoch').notNull(),
    version: bigint('version', { mode: 'number' }).notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
    hash: text('hash').notNull(),
    cells: integer('cells').notNull(),
    /** Cells that the tick had no room for: they are stored and not counted. */
    leftOutCells: integer('left_out_cells').notNull().default(0),
    samples: bigint('samples', { mode: 'number' }).notNull(),
    bodyGzip: bytea('body_gzip').notNull(),
    /** The worker whose tick made it; null where an operator did, or a worker of an earlier version. */
    tickedBy: text('ticked_by'),
    /** The version whose content it repeats; null where it has its own. */
    pinnedFrom: bigint('pinned_from', { mode: 'number' }),
    /** Task types whose best model differs from the version before, as GET /v1/snapshots shows them; null where nothing tells. */
    leaders: jsonb('leaders'),
  },
  (table) => [primaryKey({ name: 'snapshots_pkey', columns: [table.epoch, table.version] })],
)

/** The one row that says which snapshot is served to whom. */
export const snapshotHead = winrateSchema.table(
  'snapshot_head',
  {
    /** Always true: there is one row. */
    singleton: boolean('singleton').primaryKey(),
    epoch: uuid('epoch').notNull(),
    /** Newest version of the epoch; 0 before the first. */
    version: bigint('version', { mode: 'number' }).notNull(),
    /** Content that every new version repeats while it is pinned. Rests while a canary runs. */
    pinnedVersion: bigint('pinned_version', { mode: 'number' }),
    /** While a canary runs: what the other instances are held at. */
    heldVersion: bigint('held_version', { mode: 'number' }),
    /** Share of instances that get the newest version during a canary, 0 to 1. */
    canaryShare: doublePrecision('canary_share'),
    /** Identity and timeline of the database cluster; when it changes, history may have been lost. */
    clusterIdentity: text('cluster_identity'),
    /** Tells this deployment from others, also after a restore: `epoch` does not survive one. */
    fleetId: uuid('fleet_id').notNull().defaultRandom(),
    /** What operators call this deployment. */
    fleetName: text('fleet_name'),
  },
  (table) => [check('snapshot_head_singleton_check', sql`${table.singleton}`)],
)

/** The one row about ticks that published nothing; the others are in `snapshots`. */
export const tickState = winrateSchema.table(
  'tick_state',
  {
    /** Always true: there is one row. */
    singleton: boolean('singleton').primaryKey(),
    /** Ticks are due from then on. */
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** When a tick of any replica last failed. */
    failedAt: timestamp('failed_at', { withTimezone: true }),
    /** Ticks that failed in a row until then. */
    failures: integer('failures').notNull().default(0),
    failure: text('failure'),
    /** When reporting delays were last measured. */
    delaysMeasuredAt: timestamp('delays_measured_at', { withTimezone: true }),
    /** When it was last decided which requests are learned apart by what they belong to. */
    contextsSummedAt: timestamp('contexts_summed_at', { withTimezone: true }),
    /** When it was last judged of which models outcomes are missing. */
    missingJudgedAt: timestamp('missing_judged_at', { withTimezone: true }),
  },
  (table) => [check('tick_state_singleton_check', sql`${table.singleton}`)],
)
