// Owns the snapshot in use: takes what the source and the cache file offer, keeps the file up to date and
// watches the snapshot's age. Guarantees:
// - A snapshot is read, checked and put in order completely, then put to use by one call. Whatever fails before
//   that leaves the old one in use, and so does a snapshot that holds more than `snapshotLimits`. What the source sends comes before what the file holds.
// - Text is read in slices, in the order of the offers. A value that is offered meanwhile is taken at once;
//   what was being read is then read again, because a delta depends on the snapshot in use.
// - What a delta made is proven against the hash of the published text whenever the cache file is written, and
//   every `DELTAS_PER_PROOF` deltas without a file. If it differs, the next whole snapshot replaces it.
// - A source that throws does not harm its caller: `receiver` and `status` never throw or reject.
import { type Snapshot, sealedHash, writeSnapshotInSteps } from '@winrate/shared-schema/contracts'
import { runAtOnce, runInSlices } from '@winrate/shared-schema/steps'
import type { Availability } from '../availability/availability.ts'
import type { Overlay } from '../overlay/overlay.ts'
import type { TableInUse } from '../routing/table/table-in-use.ts'
import { withDeadline } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { catchRejection, describeCause } from '../runtime/unknown-value.ts'
import { createFleetCheck, type FleetCheckInput } from './fleet-check.ts'
import { createOwnNotices, type OwnNotices, type OwnNoticesInput } from './own-notices.ts'
import { type Offered, type PreparedOffer, prepareOffer } from './read-offer.ts'
import { createSnapshotCache, type SnapshotCache } from './snapshot-cache.ts'
import {
  type ReadyResult,
  type SnapshotInUse,
  type SnapshotStatus,
  sourceStatus,
  stopSource,
} from './snapshot-status.ts'
import type { OfferOptions, SnapshotAnswer, SnapshotReceiver } from './sources/snapshot-source.ts'
import { createStaleness, type Staleness, type StalenessInput } from './staleness.ts'

export interface SnapshotKeeperInput extends StalenessInput, FleetCheckInput {
  readonly instanceId: string
  readonly random: Random
  readonly warn: RateLimitedWarning
  /** When one of the two throws, it refuses the snapshot. */
  readonly table: Pick<TableInUse, 'prepare' | 'widen' | 'restore'>
  readonly availability: Pick<Availability, 'useFleet'>
  readonly overlay: Pick<Overlay, 'snapshotApplied'>
  readonly events: StalenessInput['events'] &
    OwnNoticesInput['events'] & {
      emit(name: 'snapshot', event: SnapshotInUse): void
      emit(name: 'error', event: { part: 'snapshots'; problem: string }): void
    }
}

/** Short, so that reading a snapshot does not delay the agent's own work. */
const SLICE_MS = 0.25
/** An hour, with a tick a minute. */
const DELTAS_PER_PROOF = 60

export class SnapshotKeeper {
  readonly #input: SnapshotKeeperInput
  readonly #cache: SnapshotCache | undefined
  readonly #receiver: SnapshotReceiver
  readonly #closing = new AbortController()
  readonly #staleness: Staleness
  readonly #notices: OwnNotices
  readonly #fleet: ReturnType<typeof createFleetCheck>
  /** What offers are compared with; undefined before the first, and after a delta that diverged. */
  #base: Snapshot | undefined
  #inUse: SnapshotInUse | undefined
  /** How the first attempt of the source ended; 'fresh' is final, a failure is not. */
  #firstAnswer: 'fresh' | 'nothing' | 'failed' | undefined
  #settleFirst: () => void = () => undefined
  readonly #firstSettled = new Promise<void>((settle) => {
    this.#settleFirst = settle
  })
  #refused = 0
  #lastProblem: string | undefined
  #unproven = 0
  /** Settles when the last offer in slices was taken or refused. */
  #lastOffer: Promise<unknown> = Promise.resolve()
  #lastProof: Promise<void> = Promise.resolve()
  #cacheRead: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(input: SnapshotKeeperInput) {
    this.#input = input
    const { source, cacheFile, warn } = input
    const expectsUpdates = source?.expectsUpdates === true
    this.#staleness = createStaleness(input, expectsUpdates, () => this.#inUse?.version)
    if (cacheFile !== undefined) {
      this.#cache = createSnapshotCache(cacheFile, warn, source?.address)
    }
    this.#notices = createOwnNotices(input)
    this.#fleet = createFleetCheck(input)
    this.#receiver = this.#createReceiver()
  }

  start(): void {
    const { source } = this.#input
    if (this.#cache !== undefined) this.#cacheRead = this.#readCache(this.#cache)
    const fail = (cause: unknown): void =>
      this.#receiver.fail(`the snapshot source did not start: ${describeCause(cause)}`)
    try {
      catchRejection(source?.start(this.#receiver), fail)
    } catch (cause) {
      fail(cause)
    }
  }

  async ready(timeoutMs: number): Promise<ReadyResult> {
    const { source, clock, warn } = this.#input
    const settled = Promise.all([this.#cacheRead, source && this.#firstSettled])
    const isLate = (await withDeadline(settled, { clock, timeoutMs })) === undefined
    const late = { problem: `no answer within ${timeoutMs} ms`, deciding: this.#deciding() }
    if (isLate && timeoutMs > 0) warn('snapshot-source-late', '', late)
    const version = this.#inUse?.version
    if (version === undefined) return { status: isLate ? 'timeout' : 'defaults', version }
    const isFresh = this.#firstAnswer === 'fresh' || this.#inUse?.origin === 'source'
    return { status: isFresh ? 'fresh' : 'cached', version }
  }

  status(): SnapshotStatus {
    const { clock } = this.#input
    return {
      snapshot: this.#inUse && { ...this.#inUse, ageMs: clock.now() - this.#createdAtMs() },
      stale: this.#staleness.isStale(),
      source: sourceStatus(this.#input.source, this.#input.warn),
      refused: this.#refused,
      lastProblem: this.#lastProblem,
      notices: this.#notices.list(),
    }
  }

  /** Ends source, timers and writing; always settles. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#closing.abort()
    this.#settleFirst()
    this.#staleness.stop()
    await stopSource(this.#input.source, this.#input.logger)
    await this.#lastProof
    await this.#cache?.settled()
  }

  #createReceiver(): SnapshotReceiver {
    const { instanceId, clock, random, logger, warn } = this.#input
    const origin = 'source'
    return {
      instanceId,
      clock,
      random,
      logger,
      known: () => this.#base && { epoch: this.#base.epoch, version: this.#base.version },
      offer: (value, options) => this.#report(this.#takeAtOnce({ value, origin }), options),
      offerText: async (value, options) =>
        this.#report(await this.#takeInTurn({ value, origin }), options),
      offerDelta: async (delta) => this.#report(await this.#takeInTurn({ delta, origin })),
      confirm: ({ held = false } = {}) => {
        if (this.#isClosed()) return
        if (held) this.#staleness.markFresh(clock.now())
        this.#staleness.markWorking()
        this.#notices.read(this.#base)
        this.#answerFirst(this.#inUse === undefined ? 'nothing' : 'fresh')
      },
      fail: (problem, { anotherWay = false } = {}) => {
        if (this.#isClosed()) return
        this.#staleness.markFailing()
        warn('snapshot-source-failed', problem, { problem, deciding: this.#deciding() })
        this.#complain(problem)
        if (!anotherWay) this.#answerFirst('failed')
      },
    }
  }

  async #readCache(cache: SnapshotCache): Promise<void> {
    const [value, kept] = await Promise.all([cache.load(), cache.source(), cache.removeOrphans()])
    if (value === undefined) return
    const answer = await this.#takeInTurn({ value, origin: 'disk', kept })
    if (answer === 'accepted') this.#staleness.markFresh(this.#createdAtMs())
  }

  #takeAtOnce(offered: Offered): SnapshotAnswer {
    if (this.#isClosed()) return 'ignored'
    try {
      return this.#putToUse(offered, runAtOnce(this.#prepare(offered)))
    } catch (cause) {
      return this.#refuse(offered.origin, cause)
    }
  }

  #prepare(offered: Offered) {
    return prepareOffer(offered, this.#base, this.#input.table)
  }

  #takeInTurn(offered: Offered): Promise<SnapshotAnswer> {
    const answer = this.#lastOffer.then(() => this.#takeInSlices(offered))
    this.#lastOffer = answer
    return answer
  }

  async #takeInSlices(offered: Offered): Promise<SnapshotAnswer> {
    const { signal } = this.#closing
    for (;;) {
      const base = this.#base
      try {
        const prepared = await runInSlices(this.#prepare(offered), { sliceMs: SLICE_MS, signal })
        if (base === this.#base) return this.#putToUse(offered, prepared)
      } catch (cause) {
        if (signal.aborted) return 'ignored'
        if (base === this.#base) return this.#refuse(offered.origin, cause)
      }
    }
  }

  #putToUse(offered: Offered, prepared: PreparedOffer | undefined): SnapshotAnswer {
    if (prepared === undefined) return 'ignored'
    const { snapshot } = prepared
    const { epoch, version, createdAt, fleet } = snapshot
    const foreign = this.#fleet.problem(offered, fleet)
    if (foreign !== undefined) return this.#refuse(offered.origin, new Error(foreign))
    const { table, overlay, availability, events, logger, clock } = this.#input
    try {
      prepared.use()
      overlay.snapshotApplied(snapshot)
    } catch (cause) {
      return this.#refuse(offered.origin, cause)
    }
    this.#fleet.tellChange(this.#base?.fleet, fleet)
    this.#base = snapshot
    const inUse = { epoch, version, createdAt, origin: offered.origin, fleet }
    this.#inUse = inUse
    if (offered.delta !== undefined) this.#lastProof = this.#prove(snapshot)
    else if (typeof offered.value === 'string' && offered.origin === 'source') {
      this.#cache?.store(offered.value, fleet)
    }
    if (this.#staleness.isStale()) table.widen(clock.now() - this.#createdAtMs())
    // What the file says may be over: the source tells.
    if (offered.origin === 'source') {
      this.#notices.read(snapshot)
      availability.useFleet(snapshot)
    }
    events.emit('snapshot', inUse)
    logger.debug('snapshot-applied', { ...inUse })
    return 'accepted'
  }

  /** Writes the text of what a delta made, which has the published hash if nothing diverged. */
  async #prove(snapshot: Snapshot): Promise<void> {
    this.#unproven += 1
    if (this.#cache === undefined && this.#unproven < DELTAS_PER_PROOF) return
    this.#unproven = 0
    const text = await runInSlices(writeSnapshotInSteps(snapshot), { sliceMs: SLICE_MS })
    if (this.#base !== snapshot) return
    if (sealedHash(text) === snapshot.hash) return this.#cache?.store(text, snapshot.fleet)
    this.#base = undefined
    this.#refuse('source', new Error('deltas have led to other content than was published'))
  }

  #refuse(origin: Offered['origin'], cause: unknown): SnapshotAnswer {
    this.#refused += 1
    const problem = describeCause(cause)
    this.#input.warn('snapshot-refused', origin, { origin, problem })
    this.#complain(`snapshot refused: ${problem}`)
    return 'refused'
  }

  #report(answer: SnapshotAnswer, { ageFrom = 'receipt' }: OfferOptions = {}): SnapshotAnswer {
    if (this.#isClosed()) return answer
    if (answer === 'refused') this.#staleness.markFailing()
    if (answer === 'accepted') {
      this.#staleness.markFresh(
        ageFrom === 'receipt' ? this.#input.clock.now() : this.#createdAtMs(),
      )
      this.#staleness.markWorking()
    }
    this.#answerFirst(answer === 'refused' ? 'failed' : 'fresh')
    return answer
  }

  #answerFirst(answer: 'fresh' | 'nothing' | 'failed'): void {
    if (this.#firstAnswer !== 'fresh') this.#firstAnswer = answer
    this.#settleFirst()
  }

  #complain(problem: string): void {
    this.#lastProblem = problem
    this.#input.events.emit('error', { part: 'snapshots', problem })
  }

  #deciding(): string {
    return this.#inUse === undefined ? 'by defaults' : `by snapshot ${this.#inUse.version}`
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  #createdAtMs(): number {
    return Date.parse(this.#inUse?.createdAt ?? '')
  }
}
