import {
  applyDelta,
  parseDeltaText,
  parseSnapshotInSteps,
  type Snapshot,
  snapshotSchema,
  supersedes,
} from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'

/** A snapshot or delta that may become the snapshot in use. */
export interface Offered {
  /** The text of a delta. */
  readonly delta?: string
  /** Without a delta: a whole snapshot, its text or its value. */
  readonly value?: unknown
  readonly origin: 'source' | 'disk'
}

/**
 * The snapshot that follows `base`; undefined when `base` stays.
 *
 * @throws when the offer is damaged or not understood, or a delta for another snapshot.
 */
export function* readOffer(
  offered: Offered,
  base: Snapshot | undefined,
): Steps<Snapshot | undefined> {
  const { value, origin } = offered
  if (offered.delta !== undefined) {
    const delta = parseDeltaText(offered.delta)
    yield
    if (!supersedes(delta, base)) return undefined
    if (base === undefined) throw new Error('a delta came before any snapshot')
    return applyDelta(base, delta)
  }
  // Whatever the source has sent by now is newer than what was written before the start.
  if (origin === 'disk' && base !== undefined) return undefined
  const snapshot =
    typeof value === 'string' ? yield* parseSnapshotInSteps(value) : snapshotSchema.parse(value)
  return supersedes(snapshot, base) ? snapshot : undefined
}
