import type { Observation } from '../fleet/fleet.ts'

export interface DueOutcome {
  readonly dueMs: number
  readonly outcome: Omit<Observation, 'atMs'>
}

/** Outcomes that have not arrived yet, ordered by arrival time; for equal times, by insertion. */
export interface LateOutcomes {
  add(dueMs: number, outcome: DueOutcome['outcome']): void
  /** Removes and returns the earliest outcome that is due by `nowMs`. */
  take(nowMs: number): DueOutcome | undefined
}

export function createLateOutcomes(): LateOutcomes {
  // Latest first, so that removing the earliest is cheap; few outcomes wait at a time.
  const waiting: DueOutcome[] = []
  return {
    add(dueMs, outcome) {
      let at = waiting.length
      while (at > 0 && (waiting[at - 1]?.dueMs ?? 0) <= dueMs) at -= 1
      waiting.splice(at, 0, { dueMs, outcome })
    },
    take(nowMs) {
      const next = waiting.at(-1)
      return next !== undefined && next.dueMs <= nowMs ? waiting.pop() : undefined
    },
  }
}
