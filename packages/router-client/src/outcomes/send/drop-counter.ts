import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'

/** Why an outcome was dropped. Counted in `status()` and reported to the worker with every batch. */
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
  /** The process ended without `close()`, and no spool keeps them. */
  | 'unsent-at-exit'

/** The event of outcomes that were dropped. */
export interface DroppedEvent {
  readonly reason: DropReason
  /** Outcomes dropped just now. */
  readonly count: number
  /** Outcomes dropped for this reason since the start. */
  readonly total: number
  /** What was wrong, where that is known. */
  readonly problem?: string | undefined
}

export type DropCounter = ReturnType<typeof createDropCounter>

/** Counts every dropped outcome by its reason, logs a warning and emits an event. */
export function createDropCounter(
  warn: RateLimitedWarning,
  events: { emit(name: 'dropped', event: DroppedEvent): void },
) {
  const totals: Partial<Record<DropReason, number>> = {}
  return {
    /** By reason. */
    totals: (): Readonly<Record<string, number>> => ({ ...totals }),
    drop(reason: DropReason, count = 1, problem?: string): void {
      const total = (totals[reason] ?? 0) + count
      totals[reason] = total
      const event = { reason, count, total, ...(problem === undefined ? {} : { problem }) }
      warn('outcomes-dropped', reason, event)
      events.emit('dropped', event)
    },
  }
}
