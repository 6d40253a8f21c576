// What operators can do with snapshots: pin a version (and so roll back), canary the newest to a share of the
// instances, begin a new epoch. Versions only grow, so clients never go back: a pinned version returns as a new
// version with the old content. A pin rests while a canary runs: promoting the canary ends it, aborting keeps it.
import type { SnapshotHead } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { inTransaction } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import {
  beginEpoch,
  insertSnapshot,
  type LockedHead,
  lockHead,
  readHead,
  repeatSnapshot,
} from './snapshot-store.ts'

export type SnapshotControl = ReturnType<typeof createSnapshotControl>

export function createSnapshotControl(pool: pg.Pool) {
  async function change(
    work: (client: pg.PoolClient, head: LockedHead) => Promise<void>,
  ): Promise<SnapshotHead> {
    return inTransaction(pool, async (client) => {
      await work(client, await lockHead(client))
      return readHead(client)
    })
  }

  /** Gives every instance the content of `version` as the next version. Ends a canary. */
  async function repeatForAll(client: pg.PoolClient, head: LockedHead, version: number) {
    const content = await repeatSnapshot(client, head, version)
    if (content === undefined) {
      throw refused(
        `snapshot version ${version} is not kept in the current epoch (its newest is ${head.version})`,
      )
    }
    await insertSnapshot(client, content)
    await endCanary(client)
  }

  return {
    /** Publishes the content of `version` as the next version at once and at every tick. */
    pin: (version: number) =>
      change(async (client, head) => {
        await repeatForAll(client, head, version)
        await client.query('update winrate.snapshot_head set pinned_version = $1', [version])
      }),
    /** The next tick publishes current metrics again. */
    unpin: () =>
      change(async (client) => {
        await client.query('update winrate.snapshot_head set pinned_version = null')
      }),
    /** Gives new versions to `share` of the instances only; the others stay at the present one. */
    startCanary: (share: number) =>
      change(async (client, head) => {
        if (!(share > 0 && share < 1)) {
          throw refused('the share of a canary must lie between 0 and 1')
        }
        if (head.version === 0) {
          throw refused('there is no snapshot yet that the others could stay at')
        }
        await client.query(
          `update winrate.snapshot_head
           set held_version = coalesce(held_version, version), canary_share = $1`,
          [share],
        )
      }),
    /** Gives the newest version to every instance, and ends a pin that rested. */
    promoteCanary: () =>
      change(async (client, { heldVersion }) => {
        if (heldVersion === null) return
        await endCanary(client)
        await client.query('update winrate.snapshot_head set pinned_version = null')
      }),
    /**
     * Gives every instance the content that the others were held at, as a new version. What was pinned before the
     * canary stays so; where nothing was, the next tick gives current metrics to every instance.
     */
    abortCanary: () =>
      change(async (client, head) => {
        if (head.heldVersion === null) throw refused('no canary is running')
        await repeatForAll(client, head, head.pinnedVersion ?? head.heldVersion)
      }),
    /** Makes every client take the next snapshot whatever its version, after history was lost. */
    newEpoch: () =>
      change(async (client) => {
        await beginEpoch(client, null)
      }),
  }
}

async function endCanary(client: pg.PoolClient): Promise<void> {
  await client.query('update winrate.snapshot_head set held_version = null, canary_share = null')
}

function refused(message: string): RefusedError {
  return new RefusedError('snapshot-control-refused', message)
}
