// The one text form of a snapshot: what is hashed, stored, sent and kept on disk is the same bytes
// everywhere, so every replica has the same ETag and a damaged copy is noticed.
import { createHash } from 'node:crypto'
import { SNAPSHOT_FORMAT, type Snapshot, type SnapshotContent, snapshotSchema } from './snapshot.ts'

export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError'
}

const hashField = /"hash":"([0-9a-f]{64})"/

/** Writes a snapshot in canonical order, with its hash filled in. */
export function writeSnapshotText(content: SnapshotContent): string {
  const open = JSON.stringify({ format: SNAPSHOT_FORMAT, hash: '', ...content })
  return open.replace('"hash":""', `"hash":"${sha256(open)}"`)
}

/**
 * Reads a snapshot from its text.
 *
 * @throws InvalidSnapshotError when the text is no JSON, is damaged (its hash does not match), has an
 * unknown format or breaks the contract.
 */
export function parseSnapshotText(text: string): Snapshot {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidSnapshotError('snapshot is not JSON', { cause })
  }
  const parsed = snapshotSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue === undefined ? '' : ` at ${issue.path.join('.')}: ${issue.message}`
    throw new InvalidSnapshotError(`snapshot breaks the contract${where}`, { cause: parsed.error })
  }
  // The first occurrence is the snapshot's own: `hash` stands right behind `format`.
  const withoutHash = text.replace(hashField, '"hash":""')
  if (sha256(withoutHash) !== parsed.data.hash) {
    throw new InvalidSnapshotError('snapshot is damaged: its hash does not match its content')
  }
  return parsed.data
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
