import {
  applyDeltaInSteps,
  findExcess,
  parseDeltaInSteps,
  parseSnapshotInSteps,
  type Snapshot,
  snapshotLimits,
  snapshotSchema,
  supersedes,
} from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import type { TableInUse } from '../routing/table/table-in-use.ts'
import type { FleetOrigin } from '../runtime/fleet-origin.ts'

/** A snapshot or delta that may become the snapshot in use. */
export interface Offered {
  /** The text of a delta. */
  readonly delta?: string
  /** Without a delta: a whole snapshot, its text or its value. */
  readonly value?: unknown
  readonly origin: 'source' | 'disk'
  /** From disk: where it came from, and the fleet that this address led to. */
  readonly kept?: FleetOrigin
}

/** A snapshot that was read and put in order, and the call that puts it to use. */
export interface PreparedOffer {
  readonly snapshot: Snapshot
  readonly use: () => void
}

/**
 * Reads what is offered and puts it in order; undefined when `base` stays.
 *
 * @throws as `readOffer` does, and what the table throws.
 */
export function* prepareOffer(
  offered: Offered,
  base: Snapshot | undefined,
  table: Pick<TableInUse, 'prepare'>,
): Steps<PreparedOffer | undefined> {
  const snapshot = yield* readOffer(offered, base)
  return snapshot && { snapshot, use: yield* table.prepare(snapshot) }
}

/**
 * The snapshot that follows `base`; undefined when `base` stays.
 *
 * @throws when the offer is damaged or not understood, a delta for another snapshot, or more than a client takes.
 */
function* readOffer(offered: Offered, base: Snapshot | undefined): Steps<Snapshot | undefined> {
  const { value, origin } = offered
  if (offered.delta !== undefined) {
    refuseExcess({ text: offered.delta })
    const delta = yield* parseDeltaInSteps(offered.delta)
    yield
    if (!supersedes(delta, base)) return undefined
    if (base === undefined) throw new Error('a delta came before any snapshot')
    const next = yield* applyDeltaInSteps(base, delta)
    refuseExcess({ value: next })
    return next
  }
  // Whatever the source has sent by now is newer than what was written before the start.
  if (origin === 'disk' && base !== undefined) return undefined
  if (typeof value !== 'string') refuseExcess({ value })
  const snapshot =
    typeof value === 'string'
      ? yield* parseSnapshotInSteps(value, snapshotLimits)
      : snapshotSchema.parse(value)
  return supersedes(snapshot, base) ? snapshot : undefined
}

function refuseExcess(read: Parameters<typeof findExcess>[0]): void {
  const excess = findExcess(read, snapshotLimits)
  if (excess !== undefined) throw new Error(excess)
}
