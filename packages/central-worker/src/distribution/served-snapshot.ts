import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { SnapshotVersion } from '@winrate/shared-schema/contracts'

/** A snapshot as the database keeps it: the bytes that every replica sends. */
export interface StoredSnapshot extends SnapshotVersion {
  readonly createdAt: Date
  /** Hex SHA-256 of the content, as in the text. */
  readonly hash: string
  readonly gzip: Buffer
}

/** A snapshot ready to be sent in either form. */
export interface ServedSnapshot extends StoredSnapshot {
  /** What `gzip` holds: one line of JSON. */
  readonly text: string
}

const unzip = promisify(gunzip)

// A snapshot is kilobytes; this only keeps damaged or hostile bytes from filling the memory.
const MAX_TEXT_BYTES = 256 * 1024 * 1024

/** Unpacks a stored snapshot. Rejects when its bytes are damaged or would break an event stream. */
export async function unpackSnapshot(stored: StoredSnapshot): Promise<ServedSnapshot> {
  const text = (await unzip(stored.gzip, { maxOutputLength: MAX_TEXT_BYTES })).toString('utf8')
  if (/[\r\n]/.test(text)) throw new Error('the text of a stored snapshot has more than one line')
  return { ...stored, text }
}
