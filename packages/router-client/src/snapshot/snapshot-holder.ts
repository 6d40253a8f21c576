// Owns the snapshot in use. A new one is validated whole, turned into what decisions need, and only
// then swapped in by one assignment; whatever fails before that leaves the old one in use.
import {
  parseSnapshotText,
  type Snapshot,
  type SnapshotVersion,
  snapshotSchema,
  supersedes,
} from '@winrate/shared-schema/contracts'
import type { Logger } from '../logger.ts'
import type { Clock } from '../runtime/clock.ts'
import { describeCause } from '../runtime/event-hub.ts'
import type { Random } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import type { SnapshotAnswer, SnapshotReceiver } from './snapshot-source.ts'

export interface SnapshotInUse extends SnapshotVersion {
  /** ISO 8601. */
  readonly createdAt: string
  /** 'disk' until the source sends a newer one. */
  readonly origin: 'source' | 'disk'
}

export interface SnapshotHolderInput {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  readonly instanceId: string
  /** Puts a sound snapshot to use. When it throws, the snapshot is refused. */
  readonly apply: (snapshot: Snapshot) => void
  readonly onApplied: (inUse: SnapshotInUse, text: string | undefined) => void
  /** There were news of this time: a new version, or an operator holds the old one. */
  readonly onNews: (atMs: number) => void
  readonly onProblem: (problem: string) => void
  /** The source works again after a problem. */
  readonly onRecovered: () => void
}

/** How the first try of the source ended; undefined while it lasts. */
export type FirstAnswer = 'fresh' | 'nothing' | 'failed' | undefined

export interface SnapshotHolder {
  readonly receiver: SnapshotReceiver
  /** Takes a snapshot from disk, unless the source was quicker. */
  offerCached(text: string): void
  inUse(): SnapshotInUse | undefined
  firstAnswer(): FirstAnswer
  /** Resolves once `firstAnswer` is there. */
  readonly answered: Promise<void>
  /** Snapshots refused so far. */
  refused(): number
  lastProblem(): string | undefined
  /** Takes nothing any more. */
  close(): void
}

export function createSnapshotHolder(input: SnapshotHolderInput): SnapshotHolder {
  const { clock, logger, warn } = input
  let inUse: SnapshotInUse | undefined
  let firstAnswer: FirstAnswer
  let settleAnswered: () => void = () => undefined
  const answered = new Promise<void>((resolve) => {
    settleAnswered = resolve
  })
  let refused = 0
  let lastProblem: string | undefined
  let failing = false
  let closed = false

  function answer(kind: NonNullable<FirstAnswer>): void {
    // What is fresh once stays so; a failure at first may be made good.
    if (firstAnswer !== 'fresh') firstAnswer = kind
    settleAnswered()
  }

  function take(offered: unknown, origin: SnapshotInUse['origin']): SnapshotAnswer {
    if (closed) return 'ignored'
    try {
      const snapshot = readSnapshot(offered)
      if (!supersedes(snapshot, inUse)) return 'ignored'
      input.apply(snapshot)
      const { epoch, version, createdAt } = snapshot
      inUse = { epoch, version, createdAt, origin }
    } catch (cause) {
      refused += 1
      const problem = describeCause(cause)
      warn('snapshot-refused', origin, { origin, problem })
      complain(`snapshot refused: ${problem}`)
      return 'refused'
    }
    input.onApplied(inUse, typeof offered === 'string' && origin === 'source' ? offered : undefined)
    logger.debug('snapshot-applied', { ...inUse })
    return 'accepted'
  }

  const createdAtMs = (): number => Date.parse(inUse?.createdAt ?? '')

  function complain(problem: string): void {
    lastProblem = problem
    input.onProblem(problem)
  }

  function works(): void {
    if (!failing) return
    failing = false
    input.onRecovered()
  }

  const receiver: SnapshotReceiver = {
    instanceId: input.instanceId,
    clock,
    random: input.random,
    logger,
    known: () => inUse && { epoch: inUse.epoch, version: inUse.version },
    offer(offered, { ageFrom = 'receipt' } = {}) {
      const result = take(offered, 'source')
      if (result === 'refused') failing = true
      if (result === 'accepted') {
        input.onNews(ageFrom === 'receipt' ? clock.now() : createdAtMs())
        works()
      }
      answer(result === 'refused' ? 'failed' : 'fresh')
      return result
    },
    confirm({ held = false } = {}) {
      if (closed) return
      if (held) input.onNews(clock.now())
      works()
      answer(inUse === undefined ? 'nothing' : 'fresh')
    },
    fail(problem, { anotherWay = false } = {}) {
      if (closed) return
      failing = true
      warn('snapshot-source-failed', problem, { problem })
      complain(problem)
      if (!anotherWay) answer('failed')
    },
  }

  return {
    receiver,
    offerCached(text) {
      // Whatever the source has sent by now is newer than what was written before the start.
      if (inUse !== undefined || take(text, 'disk') !== 'accepted') return
      input.onNews(createdAtMs())
    },
    inUse: () => inUse,
    firstAnswer: () => firstAnswer,
    answered,
    refused: () => refused,
    lastProblem: () => lastProblem,
    close() {
      closed = true
      settleAnswered()
    },
  }
}

function readSnapshot(offered: unknown): Snapshot {
  return typeof offered === 'string' ? parseSnapshotText(offered) : snapshotSchema.parse(offered)
}
