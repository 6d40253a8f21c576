// Wires a source, the cache on disk and the watch over age around the snapshot in use.
import type { Snapshot, Steps } from '@winrate/shared-schema/contracts'
import type { Logger } from '../logger.ts'
import { type Clock, withDeadline } from '../runtime/clock.ts'
import { describeCause } from '../runtime/describe-error.ts'
import type { Random } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { createSnapshotCache } from './snapshot-cache.ts'
import { createSnapshotHolder, type SnapshotInUse } from './snapshot-holder.ts'
import type { SnapshotSource, SourceStatus } from './sources/snapshot-source.ts'
import { createStaleness, type Staleness } from './staleness.ts'

export interface SnapshotServiceInput {
  readonly source: SnapshotSource | undefined
  readonly cacheFile: string | undefined
  readonly staleAfterMs: number
  readonly instanceId: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  /** Makes beforehand what takes long of putting a sound snapshot to use. */
  readonly prepare: (snapshot: Snapshot) => Steps<void>
  /** Puts a sound snapshot to use, by one assignment. */
  readonly apply: (snapshot: Snapshot) => void
  readonly onApplied: (inUse: SnapshotInUse) => void
  readonly onStale: (ageMs: number) => void
  readonly onProblem: (problem: string) => void
  /** Fresh again after being stale, or working again after a problem. */
  readonly onRecovered: () => void
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

export interface SnapshotService {
  start(): void
  ready(timeoutMs: number): Promise<ReadyResult>
  status(): SnapshotStatus
  /** Ends source, timers and writing; always settles. */
  stop(): Promise<void>
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
}

export function createSnapshotService(input: SnapshotServiceInput): SnapshotService {
  const { source, clock, logger, warn } = input
  const cache =
    input.cacheFile === undefined ? undefined : createSnapshotCache(input.cacheFile, warn)
  let staleness: Staleness | undefined
  let cacheRead: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | undefined

  const holder = createSnapshotHolder({
    ...input,
    onApplied(inUse, keep) {
      if (keep !== undefined) cache?.store(keep)
      input.onApplied(inUse)
    },
    onNews(atMs) {
      const wasStale = staleness?.isStale() === true
      staleness?.markFresh(atMs)
      if (wasStale && staleness?.isStale() === false) input.onRecovered()
    },
    // Stale is the greater trouble: what ends it is told when it ends.
    onRecovered: () => staleness?.isStale() !== true && input.onRecovered(),
  })

  function startSource(): void {
    if (source === undefined) return
    try {
      source.start(holder.receiver)
    } catch (cause) {
      holder.receiver.fail(`the snapshot source did not start: ${describeCause(cause)}`)
    }
  }

  function result(timedOut: boolean): ReadyResult {
    const version = holder.inUse()?.version
    if (holder.firstAnswer() === 'fresh' && version !== undefined)
      return { status: 'fresh', version }
    if (version !== undefined) {
      return { status: holder.inUse()?.origin === 'source' ? 'fresh' : 'cached', version }
    }
    return { status: timedOut ? 'timeout' : 'defaults', version }
  }

  return {
    start() {
      if (source?.expectsUpdates === true) {
        const { staleAfterMs } = input
        staleness = createStaleness({ clock, staleAfterMs, onStale: input.onStale })
      }
      if (cache !== undefined) cacheRead = readCache()
      startSource()
    },
    async ready(timeoutMs) {
      const settled = Promise.all([cacheRead, source === undefined ? undefined : holder.answered])
      const deadline = { clock, timeoutMs, late: 'late', keepAlive: true } as const
      return result((await withDeadline(settled, deadline)) === 'late')
    },
    status() {
      const inUse = holder.inUse()
      return {
        snapshot: inUse && { ...inUse, ageMs: clock.now() - Date.parse(inUse.createdAt) },
        stale: staleness?.isStale() ?? false,
        source: source?.status(),
        refused: holder.refused(),
        lastProblem: holder.lastProblem(),
      }
    },
    stop() {
      stopping ??= stopAll()
      return stopping
    },
  }

  async function readCache(): Promise<void> {
    const text = await cache?.load()
    if (text !== undefined) await holder.offerCached(text)
  }

  async function stopAll(): Promise<void> {
    holder.close()
    staleness?.stop()
    try {
      await source?.stop()
    } catch (cause) {
      logger.warn('snapshot-source-not-stopped', { cause: describeCause(cause) })
    }
    await cache?.settled()
  }
}
