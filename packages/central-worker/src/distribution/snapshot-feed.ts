// Owns what this replica serves: polls the head of the snapshots. Guarantees: what is served is always whole,
// and stays while the database is away or holds something damaged.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import { backoffMs, createLoop } from '../runtime/service.ts'
import type { HeadPosition, StoredHead } from './read-stored-head.ts'
import {
  followHead,
  nothingServed,
  type ServedHead,
  type Serving,
  servingFor,
} from './served-head.ts'

export interface SnapshotFeedDependencies {
  /** Reads the head with its snapshots in one call; undefined while it is still as `known` says. */
  readonly readHead: (known: HeadPosition | undefined) => Promise<StoredHead | undefined>
  readonly logger: Record<'debug' | 'info' | 'warn', (fields: object, message: string) => void>
  /** Called when a bug has ended the feed. */
  readonly onCrash: (error: unknown) => void
}

const defaults = {
  pollIntervalMs: 1_000,
  /** Longest pause between attempts while the database is away. */
  maxBackoffMs: 15_000,
  /** A read that takes longer has failed. */
  readTimeoutMs: 10_000,
}

export type SnapshotFeedOptions = Readonly<Partial<typeof defaults>>

export type FeedResult =
  | { readonly status: 'unchanged' }
  | { readonly status: 'changed'; readonly epoch: string; readonly version: number }
  /** Older than what is served, so what is served stays. */
  | { readonly status: 'refused'; readonly epoch: string; readonly version: number }
  | { readonly status: 'failed'; readonly error: unknown }

export type SnapshotFeed = ReturnType<typeof createSnapshotFeed>

export function createSnapshotFeed(
  { readHead, logger, onCrash }: SnapshotFeedDependencies,
  options: SnapshotFeedOptions = {},
) {
  const { pollIntervalMs, maxBackoffMs, readTimeoutMs } = { ...defaults, ...options }
  const listeners = new Set<() => void>()
  let served: ServedHead = nothingServed
  let known: HeadPosition | undefined
  let failures = 0
  let stopping = new AbortController()

  async function poll(): Promise<FeedResult> {
    const stored = await withinTime(readHead(known), readTimeoutMs, stopping.signal)
    if (stored === undefined) return { status: 'unchanged' }
    const { newest: _, held: __, ...position } = stored
    const { epoch, version } = position
    const next = await followHead(served, stored)
    if (next === undefined) return { status: 'refused', epoch, version }
    known = position
    if (next === served) return { status: 'unchanged' }
    served = next
    return { status: 'changed', epoch, version }
  }

  async function runOnce(): Promise<FeedResult> {
    const result = await poll().catch((error: unknown) => ({ status: 'failed' as const, error }))
    const failedBefore = failures > 0
    const isFailure = result.status === 'failed' || result.status === 'refused'
    failures = isFailure ? failures + 1 : 0
    if (result.status === 'changed') {
      logger.debug(result, 'snapshot-served')
      for (const listener of listeners) listener()
    }
    if (isFailure === failedBefore || stopping.signal.aborted) return result
    if (result.status === 'failed') logger.warn({ err: result.error }, 'snapshot-feed-failed')
    else if (result.status === 'refused') logger.warn(result, 'snapshot-head-refused')
    else logger.info(result, 'snapshot-feed-recovered')
    return result
  }

  const loop = createLoop({
    runOnce,
    waitMs: () =>
      failures === 0 ? pollIntervalMs : backoffMs(failures + 1, pollIntervalMs, maxBackoffMs),
    onError(error) {
      throw error
    },
    onCrash,
  })

  return {
    /** Whatever the database does, it never rejects. */
    runOnce,
    /** Polls at once, because there may be something new. */
    wake: loop.wake,
    /** What an instance is served now; `undefined` for an instance that does not name itself. */
    servingFor: (instanceId: string | undefined): Serving => servingFor(served, instanceId),
    /** The newest snapshot, whoever gets it; undefined where this replica does not understand it. */
    newest: (): Snapshot | undefined => served.newest?.content,
    /** Calls `listener` after each change of what is served; returns a function that ends this. */
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Polls once before it resolves, so that HTTP starts with a snapshot. */
    async start(): Promise<void> {
      stopping = new AbortController()
      await runOnce()
      if (!stopping.signal.aborted) await loop.start()
    },
    async stop(): Promise<void> {
      stopping.abort()
      await loop.stop()
    },
  }
}

/** Rejects when a half-open connection keeps the answer away too long, or at the stop. */
async function withinTime<Result>(
  answer: Promise<Result>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result> {
  let end: () => void = () => {}
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(new Error('reading the head took too long'))
  })
  const timer = setTimeout(end, timeoutMs)
  signal.addEventListener('abort', end)
  try {
    return await Promise.race([answer, ended])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
