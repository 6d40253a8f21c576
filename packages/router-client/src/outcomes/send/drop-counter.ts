import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'

/** Why an outcome was dropped. Counted in `status()` and told to the worker with every batch. */
export type DropReason =
  /** A value breaks the contract. */
  | 'invalid'
  /** The decision is not among the last 10,000 of this router, and no model was described. */
  | 'unknown-decision'
  /** The buffer is full. */
  | 'overflow'
  /** The router is closed. */
  | 'closed'
  /** No outcome sink was configured. */
  | 'no-sink'
  /** The other side refused the batch for good. */
  | 'rejected'
  /** The outcome alone is too large for the other side. */
  | 'too-large'
  /** Not sent by the deadline of `close()`. */
  | 'unsent-at-close'

/** Outcomes that were dropped, told in events. */
export interface DroppedEvent {
  readonly reason: DropReason
  /** Outcomes dropped just now. */
  readonly count: number
  /** Outcomes dropped for this reason since the start. */
  readonly total: number
  /** What was wrong, where that is known. */
  readonly problem?: string
}

/** Counts every dropped outcome by its reason, warns of it and tells the listeners. */
export class DropCounter {
  readonly #warn: RateLimitedWarning
  readonly #events: { emit(name: 'dropped', event: DroppedEvent): void }
  readonly #totals: Partial<Record<DropReason, number>> = {}

  constructor(
    warn: RateLimitedWarning,
    events: { emit(name: 'dropped', event: DroppedEvent): void },
  ) {
    this.#warn = warn
    this.#events = events
  }

  /** By reason. */
  get totals(): Readonly<Record<string, number>> {
    return { ...this.#totals }
  }

  drop(reason: DropReason, count = 1, problem?: string): void {
    const total = (this.#totals[reason] ?? 0) + count
    this.#totals[reason] = total
    const event = { reason, count, total, ...(problem === undefined ? {} : { problem }) }
    this.#warn('outcomes-dropped', reason, event)
    this.#events.emit('dropped', event)
  }
}
