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
  readonly ageFrom?: 'receipt' | 'creation' | undefined
}

/** What a source gets from the router and reports to it. Nothing here throws or rejects. */
export interface SnapshotReceiver {
  readonly instanceId: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The version to ask for news of; undefined where a whole snapshot of any version is wanted. */
  known(): SnapshotVersion | undefined
  /**
   * Offers a snapshot: its text, or the value that its text parses to. The router reads it at once, which
   * blocks the event loop for tens of milliseconds where there are thousands of cells.
   */
  offer(snapshot: unknown, options?: OfferOptions): SnapshotAnswer
  /** Offers a snapshot's text. The router reads it in slices, in the order of the offers. */
  offerText(text: string, options?: OfferOptions): Promise<SnapshotAnswer>
  /** Offers what changed since the version in use, as the text of a delta. It is read in slices too. */
  offerDelta(text: string): Promise<SnapshotAnswer>
  /**
   * Reports that there is nothing newer than what the router knows. With `held` an operator keeps the
   * instance at this snapshot, so it does not become stale.
   */
  confirm(options?: { readonly held?: boolean }): void
  /**
   * Reports a failed attempt; the source retries by itself. `anotherWay` says that it is already trying
   * another way, which `ready()` should wait for.
   */
  fail(problem: string, options?: { readonly anotherWay?: boolean }): void
}

/** How a source gets its snapshots at the moment. */
export interface SourceStatus {
  /** 'http', 'postgres', 'file', 'static' or the name of a source of your own; 'unknown' if `status` threw. */
  readonly kind: string
  readonly state: 'idle' | 'connecting' | 'streaming' | 'polling' | 'failing' | 'stopped'
}

/**
 * Where snapshots come from. Implementations are checked by `snapshotSourceConformance` of
 * `@winrate/router-client/testing`. One source serves one router.
 */
export interface SnapshotSource {
  /** False where no newer snapshot will come, so the snapshot never becomes stale. */
  readonly expectsUpdates: boolean
  /**
   * Where snapshots come from, without secrets: a cache file that came from another address is not used before the
   * source has answered. Routers of one process with the same one are reported: see docs/operations.md.
   */
  readonly address?: string | undefined
  /** Mistakes in the source's own options, for `createRouter` to report with all others. */
  readonly problems?: readonly string[] | undefined
  /** Begins to offer snapshots. Returns at once, never throws, does nothing when it has started. */
  start(receiver: SnapshotReceiver): void
  /** Ends every timer and connection and offers nothing afterwards. Always settles. */
  stop(): Promise<void>
  status(): SourceStatus
}
