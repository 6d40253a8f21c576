import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'
import type { DropReason } from './outcome.ts'

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

/** Counts every drop by its reason, and never keeps quiet about one. */
export interface DropCounter {
  drop(reason: DropReason, count?: number, problem?: string): void
  totals(): Readonly<Record<string, number>>
}

export function createDropCounter(
  warn: RateLimitedWarning,
  onDropped: (event: DroppedEvent) => void,
): DropCounter {
  const totals: Partial<Record<DropReason, number>> = {}
  return {
    drop(reason, count = 1, problem) {
      const total = (totals[reason] ?? 0) + count
      totals[reason] = total
      const why = problem === undefined ? {} : { problem }
      warn('outcomes-dropped', reason, { reason, count, total, ...why })
      onDropped({ reason, count, total, ...why })
    },
    totals: () => ({ ...totals }),
  }
}
