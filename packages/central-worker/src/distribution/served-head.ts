// What is served to which instance. Guarantees: within an epoch the newest snapshot never goes back, and deltas
// connect only snapshots that this replica understands completely.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import {
  DELTA_EVENT,
  deltaBetween,
  formatSnapshotVersion,
  parseSnapshotText,
  type Snapshot,
  type SnapshotVersion,
  supersedes,
  writeDeltaText,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import type { StoredHead, StoredSnapshot } from './read-stored-head.ts'
import { EVENT_END, type EventBytes, versionEventBytes } from './stream-event-bytes.ts'

/** A snapshot ready to be sent in every form. */
export interface ServedSnapshot extends StoredSnapshot {
  /** What `gzip` holds: one line of JSON. Part of the event's bytes, and one for all readers. */
  readonly plain: Buffer
  readonly event: EventBytes
  /** Undefined where this replica does not understand the text, or not all of it. */
  readonly content: Snapshot | undefined
  /** For readers that have the version `base` of the same epoch; undefined where there is no smaller way. */
  readonly delta: { readonly base: number; readonly event: EventBytes } | undefined
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
  /** Whether every instance is served the same. */
  readonly isForAll: boolean
}

export const nothingServed: ServedHead = { newest: undefined, canary: undefined }

const unzip = promisify(gunzip)

// A snapshot is kilobytes; this only keeps damaged or hostile bytes from filling the memory.
const MAX_TEXT_BYTES = 256 * 1024 * 1024

/**
 * What to serve after this head was read; undefined when the head is older than what is served. The snapshot
 * of a lost epoch stays until the new epoch has one. Rejects when the bytes of a snapshot are damaged.
 */
export async function followHead(
  served: ServedHead,
  stored: StoredHead,
): Promise<ServedHead | undefined> {
  if (stored.newest === null) return served
  const newest = await unpackOnce(stored.newest, served)
  if (newest !== served.newest && !supersedes(newest, served.newest)) return undefined
  if (stored.held === null || stored.canaryShare === null) return { newest, canary: undefined }
  const held = await unpackOnce(stored.held, served)
  return { newest, canary: { held, share: stored.canaryShare } }
}

/** Chooses for one instance. An instance that does not name itself takes no part in a canary. */
export function servingFor(
  { newest, canary }: ServedHead,
  instanceId: string | undefined,
): Serving {
  if (canary === undefined) return { snapshot: newest, held: false, isForAll: true }
  const isNewest = instanceId !== undefined && isInCanary(instanceId, canary.share)
  return { snapshot: isNewest ? newest : canary.held, held: !isNewest, isForAll: false }
}

/**
 * Whether an instance gets the newest snapshot while a canary runs. A larger share only ever adds instances.
 * winrate.is_in_canary computes the same in SQL, so that the answer is the same over every transport.
 */
export function isInCanary(instanceId: string, share: number): boolean {
  const digest = createHash('md5').update(instanceId, 'utf8').digest()
  return digest.readUInt32BE(0) / 2 ** 32 < share
}

// A snapshot that is served already is not unpacked again.
async function unpackOnce(
  stored: StoredSnapshot,
  { newest, canary }: ServedHead,
): Promise<ServedSnapshot> {
  const known = [newest, canary?.held].find((each) => each !== undefined && isSame(each, stored))
  return known ?? unpack(stored, newest)
}

function isSame(one: SnapshotVersion, other: SnapshotVersion): boolean {
  return one.epoch === other.epoch && one.version === other.version
}

async function unpack(
  stored: StoredSnapshot,
  before: ServedSnapshot | undefined,
): Promise<ServedSnapshot> {
  const text = (await unzip(stored.gzip, { maxOutputLength: MAX_TEXT_BYTES })).toString('utf8')
  if (/[\r\n]/.test(text)) throw new Error('the text of a stored snapshot has more than one line')
  const id = formatSnapshotVersion(stored)
  const event = await versionEventBytes('snapshot', { text, id })
  const content = readContent(text)
  const plain = dataOf(event, text)
  const served = { ...stored, plain, event, content, delta: undefined }
  const delta = before?.content && content && deltaBetween(before.content, content)
  if (delta === undefined) return served
  const deltaEvent = await versionEventBytes(DELTA_EVENT, { text: writeDeltaText(delta), id })
  const pays = deltaEvent.gzip.length < event.gzip.length
  return pays ? { ...served, delta: { base: delta.base, event: deltaEvent } } : served
}

// A string would be copied for every reader that is slow to take it.
function dataOf({ plain }: EventBytes, text: string): Buffer {
  const end = plain.length - EVENT_END.length
  return plain.subarray(end - Buffer.byteLength(text), end)
}

function readContent(text: string): Snapshot | undefined {
  try {
    const content = parseSnapshotText(text)
    // A reader proves what a delta made by writing this text: fields that are not understood would be missing.
    return writeSnapshotText(content) === text ? content : undefined
  } catch {
    return undefined
  }
}
