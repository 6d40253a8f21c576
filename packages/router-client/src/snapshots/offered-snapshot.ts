// What may become the snapshot in use: a whole one from the source or from disk, or a delta.
import {
  applyDeltaInSteps,
  parseDeltaInSteps,
  parseSnapshotInSteps,
  type Snapshot,
  type Steps,
  snapshotSchema,
  supersedes,
} from '@winrate/shared-schema/contracts'

export type Offered =
  | { readonly kind: 'snapshot'; readonly value: unknown; readonly origin: 'source' | 'disk' }
  | { readonly kind: 'delta'; readonly text: string; readonly origin: 'source' }

/**
 * What is to follow on `inUse`; undefined when that stays.
 *
 * @throws when it is damaged or not understood, or a delta for another snapshot.
 */
export function* readOffered(
  offered: Offered,
  inUse: Snapshot | undefined,
): Steps<Snapshot | undefined> {
  if (offered.kind === 'snapshot') {
    const { value, origin } = offered
    // Whatever the source has sent by now is newer than what was written before the start.
    if (origin === 'disk' && inUse !== undefined) return undefined
    const snapshot =
      typeof value === 'string' ? yield* parseSnapshotInSteps(value) : snapshotSchema.parse(value)
    return supersedes(snapshot, inUse) ? snapshot : undefined
  }
  const delta = yield* parseDeltaInSteps(offered.text)
  if (!supersedes(delta, inUse)) return undefined
  if (inUse === undefined) throw new Error('a delta came before any snapshot')
  return yield* applyDeltaInSteps(inUse, delta)
}

/** What a restart may go on with: the text that came, or what a delta made. */
export function keptOf(offered: Offered, snapshot: Snapshot): string | Snapshot | undefined {
  if (offered.kind === 'delta') return snapshot
  const { value, origin } = offered
  return typeof value === 'string' && origin === 'source' ? value : undefined
}
