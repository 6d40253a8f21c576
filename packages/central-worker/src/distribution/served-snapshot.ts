import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import {
  DELTA_EVENT,
  deltaBetween,
  formatSnapshotVersion,
  InvalidSnapshotError,
  parseSnapshotText,
  type Snapshot,
  type SnapshotVersion,
  writeDeltaText,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import { type EventBytes, versionEventBytes } from './stream-event-bytes.ts'

/** A snapshot as the database keeps it: the bytes that every replica sends. */
export interface StoredSnapshot extends SnapshotVersion {
  readonly createdAt: Date
  /** Hex SHA-256 of the content, as in the text. */
  readonly hash: string
  readonly gzip: Buffer
}

/** A snapshot ready to be sent in every form. */
export interface ServedSnapshot extends StoredSnapshot {
  /** What `gzip` holds: one line of JSON. */
  readonly text: string
  readonly event: EventBytes
  /** Undefined where this replica does not understand the text, or not all of it. */
  readonly content: Snapshot | undefined
  /** For readers that have the snapshot that was served before; undefined where it would not pay. */
  readonly delta: ServedDelta | undefined
}

export interface ServedDelta {
  /** The version of the same epoch that it is to be applied to. */
  readonly base: number
  readonly event: EventBytes
}

const unzip = promisify(gunzip)

// A snapshot is kilobytes; this only keeps damaged or hostile bytes from filling the memory.
const MAX_TEXT_BYTES = 256 * 1024 * 1024

/**
 * Unpacks a stored snapshot, and works out what changed since the one before it. Rejects when its bytes
 * are damaged or would break an event stream.
 */
export async function unpackSnapshot(
  stored: StoredSnapshot,
  before: ServedSnapshot | undefined,
): Promise<ServedSnapshot> {
  const text = (await unzip(stored.gzip, { maxOutputLength: MAX_TEXT_BYTES })).toString('utf8')
  if (/[\r\n]/.test(text)) throw new Error('the text of a stored snapshot has more than one line')
  const event = await versionEventBytes('snapshot', { text, id: formatSnapshotVersion(stored) })
  const content = readContent(text)
  const delta = await makeDelta(before?.content, content)
  const pays = delta !== undefined && delta.event.gzip.length < event.gzip.length
  return { ...stored, text, event, content, delta: pays ? delta : undefined }
}

async function makeDelta(
  base: Snapshot | undefined,
  next: Snapshot | undefined,
): Promise<ServedDelta | undefined> {
  const delta = base && next && deltaBetween(base, next)
  if (delta === undefined) return undefined
  const id = formatSnapshotVersion(delta)
  const event = await versionEventBytes(DELTA_EVENT, { text: writeDeltaText(delta), id })
  return { base: delta.base, event }
}

function readContent(text: string): Snapshot | undefined {
  try {
    const content = parseSnapshotText(text)
    // A reader proves a delta by writing this text: fields that this replica does not know would be missing.
    return writeSnapshotText(content) === text ? content : undefined
  } catch (error) {
    if (error instanceof InvalidSnapshotError) return undefined
    throw error
  }
}
