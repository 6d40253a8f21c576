// What is served to whom. Guarantee: within an epoch the newest snapshot never goes back.
import { type SnapshotVersion, supersedes } from '@winrate/shared-schema/contracts'
import { type ServedSnapshot, type StoredSnapshot, unpackSnapshot } from './served-snapshot.ts'
import { trackOf } from './track.ts'

/** The row that says what is served, without the bytes: what a reader of it already knows. */
export interface HeadPosition {
  readonly epoch: string
  /** Newest version of the epoch; 0 before the first. */
  readonly version: number
  /** While a canary runs: what the other instances are held at. */
  readonly heldVersion: number | null
  /** Share of instances that get the newest version during a canary, 0 to 1. */
  readonly canaryShare: number | null
}

/** The row with the snapshots that it names. */
export interface StoredHead extends HeadPosition {
  /** Null before the first snapshot of the epoch. */
  readonly newest: StoredSnapshot | null
  /** Null when no canary runs. */
  readonly held: StoredSnapshot | null
}

/** What this replica serves now. */
export interface ServedHead {
  readonly newest: ServedSnapshot | undefined
  readonly canary: { readonly held: ServedSnapshot; readonly share: number } | undefined
}

/** What one instance is served. */
export interface Serving {
  readonly snapshot: ServedSnapshot | undefined
  /** Whether an operator keeps the instance from a newer snapshot on purpose. */
  readonly held: boolean
}

export const nothingServed: ServedHead = { newest: undefined, canary: undefined }

/**
 * Takes a head that was read; undefined when it is older than what is served. The snapshot of a lost
 * epoch stays until the new epoch has one. Rejects when the bytes of a snapshot are damaged.
 */
export async function takeHead(
  current: ServedHead,
  stored: StoredHead,
): Promise<ServedHead | undefined> {
  if (stored.newest === null) return current
  const newest = await unpackOnce(current, stored.newest)
  if (newest !== current.newest && !supersedes(newest, current.newest)) return undefined
  if (stored.held === null || stored.canaryShare === null) return { newest, canary: undefined }
  const held = await unpackOnce(current, stored.held)
  return { newest, canary: { held, share: stored.canaryShare } }
}

/** Chooses for one instance. Who does not say who he is gets no part in a canary. */
export function servingFor(head: ServedHead, instanceId: string | undefined): Serving {
  const { newest, canary } = head
  if (canary === undefined) return { snapshot: newest, held: false }
  const track = instanceId === undefined ? 'held' : trackOf(instanceId, canary.share)
  return track === 'newest'
    ? { snapshot: newest, held: false }
    : { snapshot: canary.held, held: true }
}

// A snapshot that is served already is not made ready again.
async function unpackOnce(current: ServedHead, stored: StoredSnapshot): Promise<ServedSnapshot> {
  for (const known of [current.newest, current.canary?.held]) {
    if (known !== undefined && isSame(known, stored)) return known
  }
  return unpackSnapshot(stored, current.newest)
}

function isSame(a: SnapshotVersion, b: SnapshotVersion): boolean {
  return a.epoch === b.epoch && a.version === b.version
}
