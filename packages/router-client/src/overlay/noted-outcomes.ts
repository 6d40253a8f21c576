// Outcomes between being recorded and being entered in the overlay. Who records does not wait for that:
// it happens before anything is read of the overlay, and before anything is heard of such an outcome.
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
const NOTED_KEPT = 1_000

/** @param enter Answers what the outcome is in the overlay: the same for one that was recorded before. */
export function createNotedOutcomes(
  enter: (message: NotedMessage, recordedAtMs: number) => OwnOutcome,
): NotedOutcomes {
  let noted: NotedOutcome[] = []
  let entered = 0

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

  return {
    add(message, nowMs) {
      const outcome = new NotedOutcome(message, nowMs, enterAll)
      noted.push(outcome)
      if (noted.length - entered <= NOTED_KEPT) return outcome
      enterOldest()
      // Moves the rest only when half is spent, so that each is moved about once.
      if (entered * 2 < noted.length) return outcome
      noted = noted.slice(entered)
      entered = 0
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
