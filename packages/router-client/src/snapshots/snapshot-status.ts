import type { Fleet, Notice, SnapshotVersion } from '@winrate/shared-schema/contracts'
import type { Logger } from '../runtime/logger.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { catchRejection, describeCause } from '../runtime/unknown-value.ts'
import type { SnapshotSource, SourceStatus } from './sources/snapshot-source.ts'

export interface SnapshotInUse extends SnapshotVersion {
  /** ISO 8601. */
  readonly createdAt: string
  /** 'disk' until the source sends a newer one. */
  readonly origin: 'source' | 'disk'
  /** The deployment that published it; undefined where an earlier worker did. */
  readonly fleet: Fleet | undefined
}

/** What `ready` came to. */
export interface ReadyResult {
  /**
   * - `fresh`: the source has sent a snapshot, or said that the one from disk is the newest.
   * - `cached`: the source is away; the snapshot from disk serves.
   * - `defaults`: there is no source, it is away, or it has no snapshot yet; defaults serve.
   * - `timeout`: the source has not answered in time; defaults serve until it does.
   */
  readonly status: 'fresh' | 'cached' | 'defaults' | 'timeout'
  /** Version of the snapshot in use; undefined for defaults. */
  readonly version: number | undefined
}

export interface SnapshotStatus {
  /** The snapshot in use; undefined for defaults. */
  readonly snapshot: (SnapshotInUse & { readonly ageMs: number }) | undefined
  /** No news for `staleAfterMs`. */
  readonly stale: boolean
  /** How snapshots arrive; undefined without a source. */
  readonly source: SourceStatus | undefined
  /** Snapshots that were refused because they were damaged or not understood. */
  readonly refused: number
  /** What went wrong last; it may be over. */
  readonly lastProblem: string | undefined
  /** What the worker says of this instance at present, for example that its outcomes are left out. */
  readonly notices: readonly Notice[]
}

/** What a source says of itself. One that throws is reported and shown as failing. */
export function sourceStatus(
  source: SnapshotSource | undefined,
  warn: RateLimitedWarning,
): SourceStatus | undefined {
  const fail = (cause: unknown): SourceStatus => {
    warn('snapshot-source-status-failed', '', { cause: describeCause(cause) })
    return { kind: 'unknown', state: 'failing' }
  }
  try {
    const status = source?.status()
    catchRejection(status, fail)
    return status
  } catch (cause) {
    return fail(cause)
  }
}

/** Never rejects. */
export async function stopSource(
  source: SnapshotSource | undefined,
  logger: Logger,
): Promise<void> {
  try {
    await source?.stop()
  } catch (cause) {
    logger.warn('snapshot-source-not-stopped', { cause: describeCause(cause) })
  }
}
