// Owns the snapshot in use. A new one is validated whole, turned into what decisions need, and only
// then swapped in by one assignment; whatever fails before that leaves the old one in use.
import {
  applyDelta,
  parseDeltaText,
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
import { createFirstAnswer, type FirstAnswer } from './first-answer.ts'
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
  /** `keep` is what a restart may go on with: the text that came, or what a delta made. */
  readonly onApplied: (inUse: SnapshotInUse, keep: string | Snapshot | undefined) => void
  /** There were news of this time: a new version, or an operator holds the old one. */
  readonly onNews: (atMs: number) => void
  readonly onProblem: (problem: string) => void
  /** The source works again after a problem. */
  readonly onRecovered: () => void
}

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

/** What may become the snapshot in use. */
type Offered =
  | { readonly kind: 'snapshot'; readonly value: unknown; readonly origin: SnapshotInUse['origin'] }
  | { readonly kind: 'delta'; readonly text: string; readonly origin: 'source' }

export function createSnapshotHolder(input: SnapshotHolderInput): SnapshotHolder {
  const { clock, logger, warn } = input
  let inUse: SnapshotInUse | undefined
  let content: Snapshot | undefined
  const first = createFirstAnswer()
  let refused = 0
  let lastProblem: string | undefined
  let failing = false
  let closed = false

  function take(offered: Offered): SnapshotAnswer {
    if (closed) return 'ignored'
    const { origin } = offered
    let snapshot: Snapshot | undefined
    try {
      snapshot = readOffered(offered, content)
      if (snapshot === undefined) return 'ignored'
      input.apply(snapshot)
    } catch (cause) {
      refused += 1
      const problem = describeCause(cause)
      warn('snapshot-refused', origin, { origin, problem })
      complain(`snapshot refused: ${problem}`)
      return 'refused'
    }
    const { epoch, version, createdAt } = snapshot
    inUse = { epoch, version, createdAt, origin }
    content = snapshot
    input.onApplied(inUse, keptOf(offered, snapshot))
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

  function tell(result: SnapshotAnswer, ageFrom: 'receipt' | 'creation'): SnapshotAnswer {
    if (result === 'refused') failing = true
    if (result === 'accepted') {
      input.onNews(ageFrom === 'receipt' ? clock.now() : createdAtMs())
      works()
    }
    first.give(result === 'refused' ? 'failed' : 'fresh')
    return result
  }

  const receiver: SnapshotReceiver = {
    instanceId: input.instanceId,
    clock,
    random: input.random,
    logger,
    known: () => inUse && { epoch: inUse.epoch, version: inUse.version },
    offer: (value, { ageFrom = 'receipt' } = {}) =>
      tell(take({ kind: 'snapshot', value, origin: 'source' }), ageFrom),
    offerDelta: (text) => tell(take({ kind: 'delta', text, origin: 'source' }), 'receipt'),
    confirm({ held = false } = {}) {
      if (closed) return
      if (held) input.onNews(clock.now())
      works()
      first.give(inUse === undefined ? 'nothing' : 'fresh')
    },
    fail(problem, { anotherWay = false } = {}) {
      if (closed) return
      failing = true
      warn('snapshot-source-failed', problem, { problem })
      complain(problem)
      if (!anotherWay) first.give('failed')
    },
  }

  return {
    receiver,
    offerCached(text) {
      // Whatever the source has sent by now is newer than what was written before the start.
      if (inUse !== undefined) return
      if (take({ kind: 'snapshot', value: text, origin: 'disk' }) !== 'accepted') return
      input.onNews(createdAtMs())
    },
    inUse: () => inUse,
    firstAnswer: first.current,
    answered: first.settled,
    refused: () => refused,
    lastProblem: () => lastProblem,
    close() {
      closed = true
      first.close()
    },
  }
}

/** @throws when it is damaged or not understood, or a delta for another snapshot. */
function readOffered(offered: Offered, content: Snapshot | undefined): Snapshot | undefined {
  if (offered.kind === 'snapshot') {
    const { value } = offered
    const snapshot =
      typeof value === 'string' ? parseSnapshotText(value) : snapshotSchema.parse(value)
    return supersedes(snapshot, content) ? snapshot : undefined
  }
  const delta = parseDeltaText(offered.text)
  if (!supersedes(delta, content)) return undefined
  if (content === undefined) throw new Error('a delta came before any snapshot')
  return applyDelta(content, delta)
}

function keptOf(offered: Offered, snapshot: Snapshot): string | Snapshot | undefined {
  if (offered.kind === 'delta') return snapshot
  const { value, origin } = offered
  return typeof value === 'string' && origin === 'source' ? value : undefined
}
