// Owns what this replica serves. Guarantees: what is served is always whole, and stays while the
// database is away or holds something damaged; correctness comes from polling, a wake only saves time.
import {
  type HeadPosition,
  nothingServed,
  type ServedHead,
  type Serving,
  type StoredHead,
  servingFor,
  takeHead,
} from './served-head.ts'

export interface SnapshotFeedDependencies {
  /**
   * Reads the head with its snapshots in one call; undefined when it still is as `known` says. A call
   * that outlasts `readTimeoutMs` counts as failed.
   */
  readonly readHead: (known: HeadPosition | undefined) => Promise<StoredHead | undefined>
  readonly logger: FeedLogger
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export interface FeedLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface SnapshotFeedOptions {
  /** Default 1,000. */
  readonly pollIntervalMs?: number
  /** Longest pause between attempts while the database is away. Default 15,000. */
  readonly maxBackoffMs?: number
  /** Default 10,000. */
  readonly readTimeoutMs?: number
}

export type FeedResult =
  | { readonly status: 'unchanged' }
  | { readonly status: 'changed'; readonly epoch: string; readonly version: number }
  /** Older than what is served, so what is served stays. */
  | { readonly status: 'refused'; readonly epoch: string; readonly version: number }
  | { readonly status: 'failed'; readonly error: unknown }

export interface SnapshotFeed {
  /** Begins to poll. Idempotent. */
  start(): void
  /** Ends polling, also while a read hangs. Idempotent. */
  stop(): Promise<void>
  /** Polls once. Whatever the database does, it never rejects; calls at the same time share one read. */
  runOnce(): Promise<FeedResult>
  /** Says that there may be something new: polls at once. */
  wake(): void
  /** What an instance is served now; `undefined` for one that does not say who it is. */
  servingFor(instanceId: string | undefined): Serving
  /** Calls `listener` after each change of what is served; answers how to end that. */
  onChange(listener: () => void): () => void
}

export function createSnapshotFeed(
  dependencies: SnapshotFeedDependencies,
  options: SnapshotFeedOptions = {},
): SnapshotFeed {
  return new PollingFeed(dependencies, options)
}

class PollingFeed implements SnapshotFeed {
  readonly #dependencies: SnapshotFeedDependencies
  readonly #pollIntervalMs: number
  readonly #maxBackoffMs: number
  readonly #readTimeoutMs: number
  readonly #listeners = new Set<() => void>()
  #served: ServedHead = nothingServed
  #known: HeadPosition | undefined
  #inFlight: Promise<FeedResult> | undefined
  #troubles = 0
  #lastTrouble: 'refused' | 'failed' | undefined
  #woken = false
  #endPause: (() => void) | undefined
  #abandonRead: (() => void) | undefined
  #stopping = false
  #loop: Promise<void> | undefined

  constructor(dependencies: SnapshotFeedDependencies, options: SnapshotFeedOptions) {
    this.#dependencies = dependencies
    this.#pollIntervalMs = options.pollIntervalMs ?? 1_000
    this.#maxBackoffMs = options.maxBackoffMs ?? 15_000
    this.#readTimeoutMs = options.readTimeoutMs ?? 10_000
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#abandonRead?.()
    this.#endPause?.()
    await this.#loop
  }

  runOnce(): Promise<FeedResult> {
    this.#inFlight ??= this.#poll().finally(() => {
      this.#inFlight = undefined
    })
    return this.#inFlight
  }

  wake(): void {
    this.#woken = true
    this.#endPause?.()
  }

  servingFor(instanceId: string | undefined): Serving {
    return servingFor(this.#served, instanceId)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false
      await this.runOnce()
      if (!this.#woken && !this.#stopping) await this.#pause()
    }
  }

  async #poll(): Promise<FeedResult> {
    const result = await this.#take().catch((error: unknown) => ({
      status: 'failed' as const,
      error,
    }))
    this.#logTransition(result)
    if (result.status === 'changed') {
      this.#dependencies.logger.debug(result, 'snapshot-served')
      for (const listener of this.#listeners) listener()
    }
    return result
  }

  async #take(): Promise<FeedResult> {
    const stored = await this.#read()
    if (stored === undefined) return { status: 'unchanged' }
    const { epoch, version, heldVersion, canaryShare } = stored
    const next = await takeHead(this.#served, stored)
    if (next === undefined) return { status: 'refused', epoch, version }
    this.#known = { epoch, version, heldVersion, canaryShare }
    if (next === this.#served) return { status: 'unchanged' }
    this.#served = next
    return { status: 'changed', epoch, version }
  }

  // What hangs (a half-open connection) must stop neither the polling nor a stop.
  #read(): Promise<StoredHead | undefined> {
    let timer: NodeJS.Timeout | undefined
    return new Promise<StoredHead | undefined>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error('reading the head took too long')),
        this.#readTimeoutMs,
      )
      this.#abandonRead = () => reject(new Error('the snapshot feed is stopping'))
      this.#dependencies.readHead(this.#known).then(resolve, reject)
    }).finally(() => {
      clearTimeout(timer)
      this.#abandonRead = undefined
    })
  }

  #logTransition(result: FeedResult): void {
    const trouble =
      result.status === 'failed' || result.status === 'refused' ? result.status : undefined
    const before = this.#lastTrouble
    this.#lastTrouble = trouble
    this.#troubles = trouble === undefined ? 0 : this.#troubles + 1
    if (trouble === before || this.#stopping) return
    const { logger } = this.#dependencies
    if (result.status === 'failed') logger.warn({ err: result.error }, 'snapshot-feed-failed')
    else if (result.status === 'refused') logger.warn(result, 'snapshot-head-refused')
    else logger.info(result, 'snapshot-feed-recovered')
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#endPause?.(), this.#pauseMs())
      this.#endPause = () => {
        clearTimeout(timer)
        this.#endPause = undefined
        resolve()
      }
    })
  }

  // Full jitter over an exponential bound, never below the usual interval.
  #pauseMs(): number {
    if (this.#troubles === 0) return this.#pollIntervalMs
    const bound = Math.min(this.#maxBackoffMs, this.#pollIntervalMs * 2 ** this.#troubles)
    return Math.max(this.#pollIntervalMs, bound * this.#dependencies.random())
  }
}
