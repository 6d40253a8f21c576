import type { SnapshotVersion } from '@winrate/shared-schema/contracts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'

/** What became of a snapshot that a source offered. */
export type SnapshotAnswer =
  /** Newer, sound, and in use now. */
  | 'accepted'
  /** No newer than the one in use. */
  | 'ignored'
  /** Damaged or not understood: the one in use stays. */
  | 'refused'

export interface OfferOptions {
  /** What the snapshot's age counts from. Default `receipt`. */
  readonly ageFrom?: 'receipt' | 'creation'
}

/** What a source needs of the router, and tells it. Nothing here throws or rejects. */
export interface SnapshotReceiver {
  readonly instanceId: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The version in use, to ask for newer ones only; undefined for none. */
  known(): SnapshotVersion | undefined
  /**
   * Offers a snapshot, its text or the value that a text of it parses to, and has it taken at once: the
   * event loop stands still meanwhile, for tens of milliseconds where there are thousands of cells.
   */
  offer(snapshot: unknown, options?: OfferOptions): SnapshotAnswer
  /** Offers a snapshot's text, and has it taken in slices. Offers in slices take their turns. */
  offerText(text: string, options?: OfferOptions): Promise<SnapshotAnswer>
  /** Offers what changed since the version in use, as the text of a delta; taken in slices as well. */
  offerDelta(text: string): Promise<SnapshotAnswer>
  /**
   * There is nothing newer than what the router knows. With `held` an operator wants it so, and the
   * snapshot's age is no fault.
   */
  confirm(options?: { readonly held?: boolean }): void
  /**
   * An attempt failed; the source goes on by itself. `anotherWay` says that it is trying one just now,
   * so that `ready()` should wait for that.
   */
  fail(problem: string, options?: { readonly anotherWay?: boolean }): void
}

/** For status: how a source gets its snapshots just now. */
export interface SourceStatus {
  /** The kind of source: 'http', 'postgres', 'file', 'static', or an own one's name. */
  readonly kind: string
  readonly state: 'idle' | 'connecting' | 'streaming' | 'polling' | 'failing' | 'stopped'
}

/**
 * Where snapshots come from. Implementations are checked by `snapshotSourceConformance` of
 * `@winrate/router-client/testing`. One source serves one router.
 */
export interface SnapshotSource {
  /** False where no newer snapshots are expected, so that age is no fault. */
  readonly expectsUpdates: boolean
  /** Mistakes in the source's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[]
  /** Begins to offer snapshots. Returns at once, never throws, does nothing when it has started. */
  start(receiver: SnapshotReceiver): void
  /** Ends every timer and connection; offers nothing afterwards. Always settles. */
  stop(): Promise<void>
  status(): SourceStatus
}
