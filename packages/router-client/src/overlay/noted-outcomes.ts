// Outcomes between being recorded and being entered in the overlay. Who records does not wait for that:
// it happens in turns of the event loop of its own, and at once before anything is read of the overlay or
// heard of such an outcome.
import type { OutcomeMessage } from '@winrate/shared-schema/contracts'
import type { OwnOutcome } from './own-outcome.ts'

/** An outcome as it was recorded. */
export type NotedMessage = OutcomeMessage & { readonly outcome_id: string }

export interface NotedOutcomes {
  add(message: NotedMessage, nowMs: number): NotedOutcome
  /** In the order of recording. */
  enterAll(): void
}

/** At most; beyond it whoever records enters an older one. */
const NOTED_KEPT = 5_000
/** Entered in a turn of the event loop: half a millisecond. */
const TURN_OUTCOMES = 512

/** @param enter Answers what the outcome is in the overlay: the same for one that was recorded before. */
export function createNotedOutcomes(
  enter: (message: NotedMessage, recordedAtMs: number) => OwnOutcome,
): NotedOutcomes {
  let noted: NotedOutcome[] = []
  let entered = 0
  let hasTurn = false

  function enterOldest(): void {
    noted[entered]?.enter(enter)
    entered += 1
  }

  function enterAll(): void {
    if (noted.length === 0) return
    while (entered < noted.length) enterOldest()
    noted = []
    entered = 0
  }

  /** Moves the rest only when half is spent, so that each is moved about once. */
  function forgetEntered(): void {
    if (entered * 2 < noted.length) return
    noted = noted.slice(entered)
    entered = 0
  }

  function takeTurn(): void {
    const end = Math.min(noted.length, entered + TURN_OUTCOMES)
    while (entered < end) enterOldest()
    forgetEntered()
    hasTurn = false
    if (entered < noted.length) takeTurnSoon()
  }

  /** Not unref'd: it holds the process no longer than the work takes. */
  function takeTurnSoon(): void {
    if (hasTurn) return
    hasTurn = true
    setImmediate(takeTurn)
  }

  return {
    add(message, nowMs) {
      const outcome = new NotedOutcome(message, nowMs, enterAll)
      noted.push(outcome)
      takeTurnSoon()
      if (noted.length - entered <= NOTED_KEPT) return outcome
      enterOldest()
      forgetEntered()
      return outcome
    },
    enterAll,
  }
}

/** News of it go to what it is in the overlay. */
export class NotedOutcome {
  /** Until it is entered. */
  #message: NotedMessage | undefined
  readonly #recordedAtMs: number
  readonly #enterAll: () => void
  #own: OwnOutcome | undefined

  constructor(message: NotedMessage, recordedAtMs: number, enterAll: () => void) {
    this.#message = message
    this.#recordedAtMs = recordedAtMs
    this.#enterAll = enterAll
  }

  enter(enter: (message: NotedMessage, recordedAtMs: number) => OwnOutcome): void {
    if (this.#message === undefined) return
    this.#own = enter(this.#message, this.#recordedAtMs)
    this.#message = undefined
  }

  began(): void {
    this.#entered()?.began()
  }

  sent(messageId: number | undefined): void {
    this.#entered()?.sent(messageId)
  }

  uncertain(): void {
    this.#entered()?.uncertain()
  }

  returned(): void {
    this.#entered()?.returned()
  }

  lost(): void {
    this.#entered()?.lost()
  }

  #entered(): OwnOutcome | undefined {
    if (this.#own === undefined) this.#enterAll()
    return this.#own
  }
}
