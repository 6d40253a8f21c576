// A circuit breaker of one model, or of a whole provider. Closed: calls go on. Open: the model cools down for a pause. When the pause
// is over, the next decision that draws the model is its probe and begins the next, longer pause at once: so
// there is one probe at a time, and one of which nobody ever hears ends with that pause. An answer to a call that was begun
// since it opened closes it; what became of earlier calls says nothing of now.
import type { Unavailability } from '@winrate/shared-schema/contracts'
import type { Random } from '../runtime/random.ts'
import { jittered, MAX_RETRY_AFTER_MS } from '../transport/backoff.ts'
import { FailureRate } from './failure-rate.ts'

/** Why a model cools down: how calls fail, that the provider asked to wait, or what the fleet sees. */
export type CoolingCause = Unavailability | 'asked' | 'fleet'

interface Pauses {
  readonly firstMs: number
  /** Each pause is twice as long as the one before, up to this. */
  readonly longestMs: number
  /** Decisions that have to pass the model over before its next probe, unless so much time has gone. */
  readonly passedOver: number
  readonly mostMs: number
}

const MINUTE_MS = 60_000
const outage = { firstMs: 2_500, longestMs: 20_000, passedOver: 30, mostMs: 10 * MINUTE_MS }
const refusal = {
  ...{ firstMs: 2 * MINUTE_MS, longestMs: 60 * MINUTE_MS },
  ...{ passedOver: 200, mostMs: 60 * MINUTE_MS },
}
const pausesOf: Readonly<Record<CoolingCause, Pauses>> = {
  transport: outage,
  refused: refusal,
  missing: refusal,
  asked: { ...outage, passedOver: 0 },
  // Others probe it too, and the fleet hears of the first answer.
  fleet: { ...outage, firstMs: outage.longestMs, passedOver: 80 },
}
/** Refusals in a row of different requests: one may be of its request alone. */
const REFUSALS = 2
/** A session may repeat a request that is at fault, so it is heard once in this time. */
const HEARD_AGAIN_MS = 10_000
const VOICES_KEPT = 100
/** So long an instance that got an answer does not heed a fleet that sees the model down. */
const DOUBT_MS = 5 * MINUTE_MS

/** What became of a call. */
export interface CallResult {
  /** Undefined where the model answered. */
  readonly failure: Unavailability | undefined
  /** How it was told. */
  readonly word?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly begunMs: number
  /** Whose call it was, as far as that is known. */
  readonly decisionId?: string | undefined
  readonly session?: string | undefined
}

interface Open {
  cause: CoolingCause
  word: string | undefined
  readonly sinceMs: number
  untilMs: number
  pauses: number
  passedOver: number
  /** Since when it may be probed after its pause, whatever has passed it over. */
  anywayMs: number
  isHeld: boolean
  /** A call that was begun since has failed, so it is no chance. */
  isSure: boolean
  /** The fleet sees the outage, so it will also tell its end. */
  isFleets: boolean
}

export class Breaker {
  readonly rate = new FailureRate()
  readonly #random: Random
  /** Failures that were heard, by whose they were, since the last answer. */
  #voices = new Map<string, number>()
  #refusals = 0
  #doubtsFleetUntilMs = 0
  #closedMs = Number.NEGATIVE_INFINITY
  open: Open | undefined

  constructor(random: Random) {
    this.#random = random
  }

  /** Whether it is open, and nobody is to draw it now. */
  get isHeld(): boolean {
    return this.open?.isHeld === true
  }

  note(call: CallResult, nowMs: number): void {
    if (this.open !== undefined) this.#noteOpen(call, this.open, nowMs)
    else if (call.failure === undefined) this.#noteAnswer(nowMs)
    else this.#noteFailure(call.failure, call, nowMs)
  }

  #noteAnswer(nowMs: number): void {
    this.rate.add(false, nowMs)
    this.#refusals = 0
    this.#voices.clear()
  }

  #noteFailure(failure: Unavailability, call: CallResult, nowMs: number): void {
    const { retryAfterMs = 0, word, begunMs } = call
    // A call of the outage that is over.
    if (begunMs < this.#closedMs) return
    if (retryAfterMs > 0) {
      this.#openFor('asked', word, nowMs)
      this.#wait(retryAfterMs, nowMs)
      return
    }
    if (!this.#isHeard(call, nowMs)) return
    this.#doubtsFleetUntilMs = 0
    if (failure === 'transport') {
      this.rate.add(true, nowMs)
      if (this.rate.isAlarm) this.#openFor('transport', word, nowMs)
    } else {
      this.#refusals += 1
      if (this.#refusals >= REFUSALS) this.#openFor(failure, word, nowMs)
    }
  }

  #noteOpen(call: CallResult, open: Open, nowMs: number): void {
    this.#wait(call.retryAfterMs ?? 0, nowMs)
    if (call.begunMs < open.sinceMs) return
    if (call.failure === undefined) {
      // Others may have trouble that this instance has not.
      if (open.isFleets) this.#doubtsFleetUntilMs = nowMs + DOUBT_MS
      this.close(nowMs)
      return
    }
    open.isSure = true
    if (call.failure !== 'transport' && call.failure !== open.cause) {
      this.#openFor(call.failure, call.word, nowMs)
    }
  }

  /** Repeats of one request are heard once. */
  #isHeard({ decisionId, session }: CallResult, nowMs: number): boolean {
    if (decisionId !== undefined && this.#voices.has(decisionId)) return false
    const heardMs = session === undefined ? undefined : this.#voices.get(session)
    if (heardMs !== undefined && nowMs - heardMs < HEARD_AGAIN_MS) return false
    if (this.#voices.size >= VOICES_KEPT) this.#voices.clear()
    if (decisionId !== undefined) this.#voices.set(decisionId, nowMs)
    if (session !== undefined) this.#voices.set(session, nowMs)
    return true
  }

  /** Opens for what no single outcome tells. */
  openBecause(word: string | undefined, nowMs: number): void {
    if (this.open === undefined) this.#openFor('transport', word, nowMs)
  }

  #openFor(cause: CoolingCause, word: string | undefined, nowMs: number): Open {
    const { isSure = false, isFleets = false } = this.open ?? {}
    const open: Open = {
      ...{ cause, word, sinceMs: nowMs, untilMs: nowMs, pauses: 0, passedOver: 0, anywayMs: 0 },
      ...{ isHeld: true, isSure, isFleets },
    }
    this.open = open
    this.#pause(open, nowMs)
    return open
  }

  #pause(open: Open, nowMs: number): void {
    const { firstMs, longestMs, mostMs } = pausesOf[open.cause]
    const pauseMs = Math.min(longestMs, firstMs * 2 ** Math.min(30, open.pauses))
    open.untilMs = nowMs + jittered(pauseMs, this.#random)
    open.anywayMs = nowMs + mostMs
    open.pauses += 1
    open.passedOver = 0
    open.isHeld = true
  }

  /** Obeys what the provider asks for; a little more, so that not all come back at once. */
  #wait(retryAfterMs: number, nowMs: number): void {
    const { open } = this
    if (open === undefined || !(retryAfterMs > 0)) return
    const waitMs = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + 0.1 * this.#random())
    const untilMs = nowMs + waitMs
    if (open.cause === 'asked') open.untilMs = untilMs
    else open.untilMs = Math.max(open.untilMs, untilMs)
    open.anywayMs = Math.max(open.anywayMs, open.untilMs)
    open.isHeld = true
  }

  /** Answers come again. */
  close(nowMs: number): void {
    if (this.open === undefined) return
    this.rate.restart(this.open.isSure)
    this.rate.fade(nowMs)
    this.open = undefined
    this.#closedMs = nowMs
    this.#refusals = 0
    this.#voices.clear()
  }

  /** What the fleet sees of the model. What this instance has heard itself comes first. */
  useFleet(isDown: boolean, nowMs: number): void {
    const { open } = this
    if (!isDown) {
      // Of its own trouble, such as a wrong key, nobody else tells the end.
      if (open?.isFleets === true && (open.cause === 'fleet' || open.cause === 'transport'))
        this.close(nowMs)
    } else if (open === undefined) {
      if (nowMs >= this.#doubtsFleetUntilMs) this.#openForFleet(nowMs)
    } else if (open.cause === 'transport') {
      open.cause = 'fleet'
      open.isFleets = true
      this.#spread(open, nowMs)
    }
  }

  /** The fleet says nothing any more, so this instance finds out for itself. */
  forgetFleet(nowMs: number): void {
    const { open } = this
    if (open?.isFleets !== true) return
    open.isFleets = false
    if (open.cause !== 'fleet') return
    open.cause = 'transport'
    this.#spread(open, nowMs)
  }

  #openForFleet(nowMs: number): void {
    const open = this.#openFor('fleet', undefined, nowMs)
    open.isFleets = true
    open.isSure = true
    this.#spread(open, nowMs)
  }

  /** All instances hear of the fleet at once, and shall not probe at once. */
  #spread(open: Open, nowMs: number): void {
    const { longestMs, passedOver, mostMs } = pausesOf[open.cause]
    open.untilMs = nowMs + this.#random() * longestMs
    open.passedOver = Math.floor(this.#random() * passedOver)
    open.anywayMs = nowMs + this.#random() * mostMs
    open.isHeld = true
  }

  /** Lets the next decision draw it where its pause is over. Returns whether that has changed. */
  advance(nowMs: number): boolean {
    const { open } = this
    if (open === undefined || !open.isHeld || nowMs < open.untilMs) return false
    if (open.passedOver < pausesOf[open.cause].passedOver && nowMs < open.anywayMs) return false
    open.isHeld = false
    return true
  }

  /** A decision could have named it and named another one. */
  passOver(): void {
    if (this.open !== undefined) this.open.passedOver += 1
  }

  /** A decision names it: its probe, if it is open. Returns whether it is held now and was not before. */
  probe(nowMs: number): boolean {
    const { open } = this
    if (open === undefined || open.isHeld) return false
    if (open.cause === 'asked') open.cause = 'transport'
    this.#pause(open, nowMs)
    return true
  }
}
