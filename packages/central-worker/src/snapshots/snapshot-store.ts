// The published snapshots. A snapshot is inserted while the head's row is locked, as version + 1 under a unique
// key: a writer that comes late or twice fails instead of overwriting.
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import {
  type Fleet,
  parseSnapshotText,
  type Snapshot,
  type SnapshotContent,
  sealedHash,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import type { SnapshotHead } from '@winrate/shared-schema/http'
import { withBudget } from '../budget/budget.ts'
import { withHoldout } from '../experiment/holdout.ts'
import { readNotices } from '../notices/read-notices.ts'
import { type Queryable, readDatabaseMs } from '../postgres/queryable.ts'
import { changedLeaders } from './changed-leaders.ts'

const gzipAsync = promisify(gzip)
const gunzipAsync = promisify(gunzip)

const headColumns = `
  epoch,
  version::float8 as version,
  pinned_version::float8 as "pinnedVersion",
  held_version::float8 as "heldVersion",
  canary_share as "canaryShare"`

export async function readHead(queryable: Queryable): Promise<SnapshotHead> {
  const { rows } = await queryable.query<SnapshotHead>(
    `select ${headColumns} from winrate.snapshot_head`,
  )
  return present(rows[0])
}

/** How old the head is, by the database's clock; undefined before the first version of an epoch. */
export async function readNewestAgeMs(queryable: Queryable): Promise<number | undefined> {
  const { rows } = await queryable.query<{ ageMs: number }>(`
    select (extract(epoch from clock_timestamp() - snapshot.created_at) * 1000)::float8 as "ageMs"
    from winrate.snapshot_head as head
    join winrate.snapshots as snapshot
      on snapshot.epoch = head.epoch and snapshot.version = head.version`)
  return rows[0]?.ageMs
}

export interface LockedHead extends SnapshotHead {
  /** Of the cluster in which the epoch began; null until it was noted. */
  readonly clusterIdentity: string | null
  readonly fleetId: string
  /** Null where operators gave none. */
  readonly fleetName: string | null
}

export function fleetOf({ fleetId, fleetName }: LockedHead): Fleet {
  return { id: fleetId, ...(fleetName !== null && { name: fleetName }) }
}

/** Locks the head until the transaction ends; every publisher holds this lock. */
export async function lockHead(queryable: Queryable): Promise<LockedHead> {
  const { rows } = await queryable.query<LockedHead>(
    `select ${headColumns}, cluster_identity as "clusterIdentity", fleet_id as "fleetId",
       fleet_name as "fleetName"
     from winrate.snapshot_head for update`,
  )
  return present(rows[0])
}

/** Reads one stored snapshot; undefined when it was never made or is no longer kept. */
export async function findSnapshot(
  queryable: Queryable,
  { epoch, version }: { epoch: string; version: number },
): Promise<Snapshot | undefined> {
  const { rows } = await queryable.query<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots where epoch = $1 and version = $2',
    [epoch, version],
  )
  const body = rows[0]?.body
  if (body === undefined) return undefined
  return parseSnapshotText((await gunzipAsync(body)).toString('utf8'))
}

/**
 * The content of an earlier version of the epoch as its next version; undefined when it is not kept. What it says of
 * single instances and of the fleet is what holds now.
 */
export async function repeatSnapshot(
  queryable: Queryable,
  head: LockedHead,
  pinnedFrom: number,
): Promise<SnapshotContent | undefined> {
  const { epoch, version } = head
  const kept = await findSnapshot(queryable, { epoch, version: pinnedFrom })
  if (kept === undefined) return undefined
  // Whether a model answered then says nothing of now.
  const { format: _format, hash: _hash, moreNotices: _more, availability: _then, ...content } = kept
  const createdAt = new Date(await readDatabaseMs(queryable)).toISOString()
  const present = {
    fleet: fleetOf(head),
    policy: await withBudget(queryable, await withHoldout(queryable, content.policy)),
    ...(await readNotices(queryable)),
  }
  return { ...content, ...present, version: version + 1, createdAt, pinnedFrom }
}

/**
 * Stores a snapshot and makes it the head. The head must be locked.
 *
 * The column `samples` counts the outcomes in the window, including those that a cap, a break or a quarantine
 * leaves out, so it tells whether a stored outcome was considered. For a repeated snapshot, where they were not
 * counted, it is the sum of the cells.
 */
export async function insertSnapshot(
  queryable: Queryable,
  content: SnapshotContent,
  {
    leftOutCells = 0,
    outcomes = content.cells.samples.reduce((sum, count) => sum + count, 0),
    tickedBy,
    before,
  }: {
    readonly leftOutCells?: number
    readonly outcomes?: number
    readonly tickedBy?: string | undefined
    /** The version before. */
    readonly before?: SnapshotContent | undefined
  } = {},
): Promise<void> {
  const text = writeSnapshotText(content)
  await queryable.query({
    name: 'insert-snapshot',
    text: `
      with inserted_snapshot as (
        insert into winrate.snapshots
          (epoch, version, created_at, hash, cells, left_out_cells, samples, body_gzip, ticked_by,
           pinned_from, leaders)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        returning epoch, version
      )
      update winrate.snapshot_head as head
      set version = snapshot.version
      from inserted_snapshot as snapshot
      where head.epoch = snapshot.epoch`,
    values: [
      content.epoch,
      content.version,
      content.createdAt,
      sealedHash(text),
      content.cells.task.length,
      leftOutCells,
      outcomes,
      await gzipAsync(text),
      tickedBy ?? null,
      content.pinnedFrom ?? null,
      JSON.stringify(changedLeaders(before, content)),
    ],
  })
}

/** How many cells the tick of the newest snapshot had no room for. */
export async function readLeftOutCells(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ leftOutCells: number }>(`
    select left_out_cells as "leftOutCells"
    from winrate.snapshots
    join winrate.snapshot_head using (epoch, version)`)
  return rows[0]?.leftOutCells ?? 0
}

/** Begins a new epoch after history was lost, so that clients do not mistake new versions for old ones. */
export async function beginEpoch(
  queryable: Queryable,
  clusterIdentity: string | null,
): Promise<SnapshotHead> {
  const { rows } = await queryable.query<SnapshotHead>(
    `
    update winrate.snapshot_head
    set epoch = gen_random_uuid(), version = 0, pinned_version = null, held_version = null,
      canary_share = null, cluster_identity = $1
    returning ${headColumns}`,
    [clusterIdentity],
  )
  return present(rows[0])
}

function present<Head extends SnapshotHead>(head: Head | undefined): Head {
  if (head === undefined) throw new Error('winrate.snapshot_head has no row')
  return head
}
