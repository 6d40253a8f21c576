// What operators can do with snapshots: pin a version (and so roll back), canary the newest to a share of the
// instances, begin a new epoch. Versions only grow, so clients never go back: a pinned version returns as a new
// version with the old content. A pin rests while a canary runs: promoting the canary ends it, aborting keeps it.
import type { EventKind, SnapshotHead } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import {
  beginEpoch,
  findSnapshot,
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
    const before = await findSnapshot(client, head)
    await insertSnapshot(client, content, { before })
    await endCanary(client)
  }

  return {
    /** Publishes the content of `version` as the next version at once and at every tick. */
    pin: (version: number) =>
      change(async (client, head) => {
        await repeatForAll(client, head, version)
        await client.query('update winrate.snapshot_head set pinned_version = $1', [version])
        await note(client, 'pin', `Version ${version} is pinned: every instance gets its content.`)
      }),
    /** The next tick publishes current metrics again. */
    unpin: () =>
      change(async (client, { pinnedVersion }) => {
        await client.query('update winrate.snapshot_head set pinned_version = null')
        if (pinnedVersion === null) return
        await note(client, 'unpin', `Version ${pinnedVersion} is no longer pinned.`)
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
        await note(
          client,
          'canary',
          `New snapshots go to ${percent(share)} of the instances; the others stay at version ${head.heldVersion ?? head.version}.`,
        )
      }),
    /** Gives the newest version to every instance, and ends a pin that rested. */
    promoteCanary: () =>
      change(async (client, { heldVersion }) => {
        if (heldVersion === null) return
        await endCanary(client)
        await client.query('update winrate.snapshot_head set pinned_version = null')
        await note(
          client,
          'promote',
          'The canary ended: the newest snapshot goes to every instance.',
        )
      }),
    /**
     * Gives every instance the content that the others were held at, as a new version. What was pinned before the
     * canary stays so; where nothing was, the next tick gives current metrics to every instance.
     */
    abortCanary: () =>
      change(async (client, head) => {
        if (head.heldVersion === null) throw refused('no canary is running')
        const version = head.pinnedVersion ?? head.heldVersion
        await repeatForAll(client, head, version)
        await note(
          client,
          'abort',
          `The canary ended: every instance gets the content of version ${version}.`,
        )
      }),
    /** Makes every client take the next snapshot whatever its version, after history was lost. */
    newEpoch: () =>
      change(async (client) => {
        await beginEpoch(client, null)
        await note(client, 'epoch', 'A new line of versions began.')
      }),
  }
}

async function note(client: pg.PoolClient, kind: EventKind, message: string): Promise<void> {
  await noteEvents(client, [{ kind, message }])
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

async function endCanary(client: pg.PoolClient): Promise<void> {
  await client.query('update winrate.snapshot_head set held_version = null, canary_share = null')
}

function refused(message: string): RefusedError {
  return new RefusedError('snapshot-control-refused', message)
}
