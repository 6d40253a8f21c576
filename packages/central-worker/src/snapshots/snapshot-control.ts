// What operators may do with snapshots: pin a version (and so roll back), canary the newest to a share
// of instances, begin a new epoch. Versions only grow, so clients need no notion of going back: a
// pinned version returns as a new one with the old content.
import type pg from 'pg'
import { inTransaction } from '../postgres/queryable.ts'
import {
  beginEpoch,
  findSnapshot,
  insertSnapshot,
  lockHead,
  readHead,
  type SnapshotHead,
} from './snapshot-store.ts'

export class SnapshotControlError extends Error {
  override readonly name = 'SnapshotControlError'
}

export interface SnapshotControl {
  readHead(): Promise<SnapshotHead>
  /** Publishes the content of `version` as the next version at once, and keeps to it at every tick. */
  pin(version: number): Promise<SnapshotHead>
  /** The next tick publishes current metrics again. */
  unpin(): Promise<SnapshotHead>
  /** From now on only `share` of the instances get new versions; the others stay at the present one. */
  startCanary(share: number): Promise<SnapshotHead>
  /** Everybody gets the newest version. */
  promoteCanary(): Promise<SnapshotHead>
  /** Everybody gets the content that the others were held at, as a new version, pinned. */
  abortCanary(): Promise<SnapshotHead>
  /** Makes every client take the next snapshot whatever its version, after history was lost. */
  newEpoch(): Promise<SnapshotHead>
}

export function createSnapshotControl(pool: pg.Pool): SnapshotControl {
  async function change(
    work: (client: pg.PoolClient, head: SnapshotHead) => Promise<void>,
  ): Promise<SnapshotHead> {
    return inTransaction(pool, async (client) => {
      await work(client, await lockHead(client))
      return readHead(client)
    })
  }

  async function pinTo(client: pg.PoolClient, head: SnapshotHead, version: number) {
    const content = await findSnapshot(client, { epoch: head.epoch, version })
    if (content === undefined) {
      throw new SnapshotControlError(
        `snapshot version ${version} is not kept in the current epoch (its newest is ${head.version})`,
      )
    }
    const { format: _format, hash: _hash, ...kept } = content
    const createdAt = new Date().toISOString()
    await insertSnapshot(client, {
      ...kept,
      version: head.version + 1,
      createdAt,
      pinnedFrom: version,
    })
    await client.query(
      `update winrate.snapshot_head
       set pinned_version = $1, held_version = null, canary_share = null`,
      [version],
    )
  }

  return {
    readHead: () => readHead(pool),
    pin: (version) => change((client, head) => pinTo(client, head, version)),
    unpin: () =>
      change(async (client) => {
        await client.query('update winrate.snapshot_head set pinned_version = null')
      }),
    startCanary: (share) =>
      change(async (client, head) => {
        if (!(share > 0 && share < 1)) {
          throw new SnapshotControlError('the share of a canary must lie between 0 and 1')
        }
        if (head.version === 0) {
          throw new SnapshotControlError('there is no snapshot yet that the others could stay at')
        }
        await client.query(
          `update winrate.snapshot_head
           set held_version = coalesce(held_version, version), canary_share = $1, pinned_version = null`,
          [share],
        )
      }),
    promoteCanary: () =>
      change(async (client) => {
        await client.query(
          'update winrate.snapshot_head set held_version = null, canary_share = null',
        )
      }),
    abortCanary: () =>
      change(async (client, head) => {
        if (head.heldVersion === null) throw new SnapshotControlError('no canary is running')
        await pinTo(client, head, head.heldVersion)
      }),
    newEpoch: () =>
      change(async (client) => {
        await beginEpoch(client, null)
      }),
  }
}
