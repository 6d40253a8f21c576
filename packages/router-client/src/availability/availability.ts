// Which models can be had now, as far as this instance and its fleet know: a second number beside the win rate, which it
// never touches. Guarantees: while every model can be had, a decision compares one number; memory is bounded.
import {
  type Snapshot,
  UNKNOWN_PROVIDER,
  type Unavailability,
} from '@winrate/shared-schema/contracts'
import type { Candidate } from '../routing/table/candidate.ts'
import { BoundedMap } from '../runtime/bounded-map.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import type { CallResult } from './breaker.ts'
import { type CallRisk, noRisk } from './call-risk.ts'
import { type Cooling, describeCooling, warnUnavailable } from './cooling.ts'
import { isUnreachable, Known, keyOf, type Part } from './known.ts'
import type { WatchedCall } from './under-way.ts'

/** The event of a model, or a whole provider, that cannot be had; with `over`, that it can again. */
export interface UnavailableEvent extends Cooling {
  readonly over?: true
}

export interface AvailabilityInput {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Pick<Logger, 'info'>
  readonly warn: RateLimitedWarning
  readonly events: { emit(name: 'unavailable', event: UnavailableEvent): void }
}

type Named = Pick<Candidate, 'provider' | 'modelName'>

/** What a decision names. */
interface Choice {
  readonly candidate: Named
  readonly fallbacks: readonly Named[]
}

/** A recorded call. */
export interface NotedCall extends Named, CallResult {
  readonly failure: Unavailability | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
}

/** Whether a decision should name another candidate: no, because it fails, or because it refuses or asked to wait. */
export type Hold = 0 | 1 | 2

const MODELS_KEPT = 1_000
const REFRESH_MS = 60_000
/** What the fleet knew before says nothing of now. */
const FLEET_KNOWS_MS = 300_000
/** A model of which the fleet gets fewer answers is down. */
const DOWN = 0.2
/** So many models of a provider that cannot be reached are the provider. */
const MODELS_DOWN = 2

export class Availability {
  /** Changes whenever a candidate is held back or no longer is. */
  holds = 0
  /** Changes whenever candidates are to be rated anew. */
  risks = 0
  readonly #input: AvailabilityInput
  readonly #known = new BoundedMap<string, Known>(MODELS_KEPT)
  readonly #open = new Map<string, Known>()
  readonly #risky = new Map<string, Known>()
  /** The share of calls that the fleet got an answer to, by the last snapshot, where that is not all. */
  #fleet = new Map<Known, number>()
  #fleetUntilMs = Number.POSITIVE_INFINITY
  /** Models with calls under way. */
  readonly #watched = new Set<Known>()
  #refreshMs = Number.POSITIVE_INFINITY
  #lastMs = 0

  constructor(input: AvailabilityInput) {
    this.#input = input
  }

  /** The last time that the clock told: sums that fade would keep a reading that is no number for ever. */
  #now(): number {
    const nowMs = this.#input.clock.now()
    if (Number.isFinite(nowMs)) this.#lastMs = nowMs
    return this.#lastMs
  }

  /** Whether any model cools down, or is to be probed. */
  get isCooling(): boolean {
    return this.#open.size > 0
  }

  /** Brings up to date what time changes. */
  advance(): void {
    if (this.#open.size === 0 && this.#risky.size === 0) return
    const nowMs = this.#now()
    if (nowMs >= this.#fleetUntilMs) this.#forgetFleet(nowMs)
    for (const { breaker } of this.#open.values()) if (breaker.advance(nowMs)) this.holds += 1
    if (nowMs < this.#refreshMs) return
    this.#refreshMs = nowMs + REFRESH_MS
    for (const known of [...this.#risky.values()]) {
      known.breaker.rate.fade(nowMs)
      this.#rate(known)
    }
  }

  holdOf(candidate: Named): Hold {
    const held = this.#openOf(candidate).filter(({ breaker }) => breaker.isHeld)
    if (held.length === 0) return 0
    const isDown = held.every(({ breaker: { open } }) =>
      ['transport', 'fleet'].includes(open?.cause ?? ''),
    )
    return isDown ? 1 : 2
  }

  riskOf(candidate: Named): CallRisk {
    return this.#risky.size === 0
      ? noRisk
      : (this.#risky.get(keyOf(candidate))?.risk.current ?? noRisk)
  }

  /** Why decisions avoid a candidate, or did until now. */
  coolingOf(candidate: Named): Cooling | undefined {
    const [known] = this.#openOf(candidate)
    return known && describeCooling(known, known.breaker)
  }

  /** Everything that cools down. */
  cooling(): readonly Cooling[] {
    return [...this.#open.values()].flatMap((known) => describeCooling(known, known.breaker) ?? [])
  }

  /** A decision named a candidate; those that cool down and that it could have named otherwise were passed over. */
  decided({ candidate, fallbacks }: Choice): void {
    const nowMs = this.#now()
    const named = this.#openOf(candidate)
    for (const { breaker } of named) if (breaker.probe(nowMs)) this.holds += 1
    const passed = new Set(fallbacks.flatMap((other) => this.#openOf(other)))
    for (const known of passed) if (!named.includes(known)) known.breaker.passOver()
  }

  /** Counts a recorded call. */
  note(call: NotedCall): void {
    const model = this.#find(call)
    const provider = this.#find({ provider: call.provider })
    // Of a key that is refused it is the provider that cannot be had.
    const isRefused = call.failure === 'refused' && call.provider !== UNKNOWN_PROVIDER
    const blamed = isRefused ? [provider] : call.failure ? [model] : [model, provider]
    for (const known of blamed) {
      known.breaker.note(call, this.#now())
      this.#follow(known)
    }
    if (call.failure !== undefined) model.risk.addFailure(call)
    if (isUnreachable(model) && call.provider !== UNKNOWN_PROVIDER) this.#judgeProvider(provider)
    this.#rate(model)
  }

  #judgeProvider(provider: Known): void {
    const down = [...this.#open.values()].filter(
      (one) => one.provider === provider.provider && isUnreachable(one),
    )
    if (down.length < MODELS_DOWN) return
    provider.breaker.openBecause(down[0]?.breaker.open?.word, this.#now())
    this.#follow(provider)
  }

  /**
   * Watches a call that begins.
   *
   * @param whose Calls of the same caller count once.
   */
  watch(candidate: Named, whose: string): WatchedCall {
    const model = this.#find(candidate)
    this.#watched.add(model)
    return model.underWay.begin(whose, () => this.#now())
  }

  /** Looks for models that have stopped answering, before a decision whose call is watched. */
  judgeUnderWay(): void {
    const nowMs = this.#now()
    for (const model of this.#watched) {
      if (model.underWay.isEmpty) this.#watched.delete(model)
      if (!model.underWay.isUnanswered(nowMs)) continue
      model.breaker.openBecause('unanswered', nowMs)
      this.#follow(model)
    }
  }

  /** Takes what the fleet sees from a new snapshot. */
  useFleet({ availability = [], createdAt }: Pick<Snapshot, 'availability' | 'createdAt'>): void {
    const nowMs = this.#now()
    // Of a clock that is behind, no snapshot is of the future.
    this.#fleetUntilMs = Math.min(nowMs, Date.parse(createdAt)) + FLEET_KNOWS_MS
    if (nowMs >= this.#fleetUntilMs) {
      this.#forgetFleet(nowMs)
      return
    }
    const before = this.#fleet
    this.#fleet = new Map(
      availability.map(({ provider, name, share }) => [
        this.#find({ provider, modelName: name }),
        share,
      ]),
    )
    for (const known of new Set([...before.keys(), ...this.#fleet.keys()])) {
      const share = this.#fleet.get(known) ?? 1
      const isDown = share < DOWN
      known.breaker.useFleet(isDown, nowMs)
      // An outage says nothing of how often calls fail when it is over, and the first share after it is still partly of it.
      const isOutage = isDown || (before.get(known) ?? 1) < DOWN
      this.#expect(known, isOutage ? 0 : 1 - share)
    }
  }

  /** No snapshot has come for so long that what the fleet knew says nothing of now. */
  #forgetFleet(nowMs: number): void {
    for (const known of this.#fleet.keys()) {
      known.breaker.forgetFleet(nowMs)
      this.#expect(known, 0)
    }
    this.#fleet.clear()
    this.#fleetUntilMs = Number.POSITIVE_INFINITY
  }

  /** After what the fleet says of a model. */
  #expect(known: Known, failedShare: number): void {
    known.breaker.rate.expect(failedShare)
    this.holds += 1
    this.#follow(known)
    this.#rate(known)
  }

  /** The model and its provider as a whole, where they are open. */
  #openOf({ provider, modelName }: Named): readonly Known[] {
    const keys = [keyOf({ provider }), keyOf({ provider, modelName })]
    return keys.flatMap((key) => this.#open.get(key) ?? [])
  }

  #find({ provider, modelName }: Part): Known {
    const key = keyOf({ provider, modelName })
    const known =
      this.#open.get(key) ??
      this.#risky.get(key) ??
      this.#known.get(key) ??
      new Known(key, { provider, modelName }, this.#input.random)
    this.#known.set(key, known)
    return known
  }

  /** Callers may name any number of models that nobody has. */
  #forgetOldest(): void {
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest)
      return
    }
  }

  /** Keeps track of what is open, and tells it. */
  #follow(known: Known): void {
    const { key, breaker, told } = known
    const isOpen = breaker.open !== undefined
    if (isOpen !== this.#open.has(key)) this.holds += 1
    if (isOpen) this.#open.set(key, known)
    else this.#open.delete(key)
    if (this.#open.size > MODELS_KEPT) this.#forgetOldest()
    const now = describeCooling(known, breaker)
    if (now === undefined) {
      if (told !== undefined) this.#tell({ ...told, over: true })
      known.told = undefined
    } else if (now.cause !== 'asked' && told?.cause !== now.cause) {
      known.told = now
      // An outage that the fleet sees too is no other one.
      if (told === undefined || now.cause !== 'fleet') this.#tell(now)
    }
  }

  #tell(event: UnavailableEvent): void {
    const { logger, warn, events } = this.#input
    const { provider, modelName, cause, message: problem, over } = event
    if (over === true) logger.info('available-again', { provider, modelName, cause })
    else warnUnavailable(warn, { cause, provider, modelName, problem })
    events.emit('unavailable', event)
  }

  /** Keeps track of what fails now and then. */
  #rate(known: Known): void {
    if (!known.risk.update(known.breaker.rate)) return
    this.risks += 1
    if (known.risk.current.availability === 1) this.#risky.delete(known.key)
    else this.#risky.set(known.key, known)
    if (this.#refreshMs === Number.POSITIVE_INFINITY) this.#refreshMs = this.#now() + REFRESH_MS
  }
}
