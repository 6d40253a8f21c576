// Knows which snapshot is in use and how the source is doing, and tells others of both.
import type { Snapshot, SnapshotVersion } from '@winrate/shared-schema/contracts'
import type { Logger } from '../logger.ts'
import type { Clock } from '../runtime/clock.ts'
import { describeCause } from '../runtime/describe-error.ts'
import type { Random } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { createFirstAnswer, type FirstAnswer } from './first-answer.ts'
import { keptOf } from './offered-snapshot.ts'
import { createSnapshotTaking, type SnapshotTakingInput } from './snapshot-taking.ts'
import type { SnapshotAnswer, SnapshotReceiver } from './sources/snapshot-source.ts'

export interface SnapshotInUse extends SnapshotVersion {
  /** ISO 8601. */
  readonly createdAt: string
  /** 'disk' until the source sends a newer one. */
  readonly origin: 'source' | 'disk'
}

export interface SnapshotHolderInput extends Pick<SnapshotTakingInput, 'prepare' | 'apply'> {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  readonly instanceId: string
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
  offerCached(text: string): Promise<void>
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
  const first = createFirstAnswer()
  let refused = 0
  let lastProblem: string | undefined
  let failing = false
  const taking = createSnapshotTaking({
    ...input,
    onTaken(offered, snapshot) {
      const { epoch, version, createdAt } = snapshot
      inUse = { epoch, version, createdAt, origin: offered.origin }
      input.onApplied(inUse, keptOf(offered, snapshot))
      logger.debug('snapshot-applied', { ...inUse })
    },
    onRefused({ origin }, cause) {
      refused += 1
      const problem = describeCause(cause)
      warn('snapshot-refused', origin, { origin, problem })
      complain(`snapshot refused: ${problem}`)
    },
  })

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
    if (taking.isClosed()) return result
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
      tell(taking.atOnce({ kind: 'snapshot', value, origin: 'source' }), ageFrom),
    async offerText(text, { ageFrom = 'receipt' } = {}) {
      return tell(await taking.inTurn({ kind: 'snapshot', value: text, origin: 'source' }), ageFrom)
    },
    async offerDelta(text) {
      return tell(await taking.inTurn({ kind: 'delta', text, origin: 'source' }), 'receipt')
    },
    confirm({ held = false } = {}) {
      if (taking.isClosed()) return
      if (held) input.onNews(clock.now())
      works()
      first.give(inUse === undefined ? 'nothing' : 'fresh')
    },
    fail(problem, { anotherWay = false } = {}) {
      if (taking.isClosed()) return
      failing = true
      warn('snapshot-source-failed', problem, { problem })
      complain(problem)
      if (!anotherWay) first.give('failed')
    },
  }

  return {
    receiver,
    async offerCached(text) {
      const answer = await taking.inTurn({ kind: 'snapshot', value: text, origin: 'disk' })
      if (answer === 'accepted') input.onNews(createdAtMs())
    },
    inUse: () => inUse,
    firstAnswer: first.current,
    answered: first.settled,
    refused: () => refused,
    lastProblem: () => lastProblem,
    close() {
      taking.close()
      first.close()
    },
  }
}
