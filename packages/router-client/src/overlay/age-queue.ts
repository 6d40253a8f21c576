import type { OwnOutcome } from './own-outcome.ts'

/** Outcomes in the order of recording. */
export interface AgeQueue {
  push(outcome: OwnOutcome): void
  /** Lets the oldest leave: those beyond the capacity, and those from before a time at the front. */
  trim(oldestMs: number): void
  /** Visits every outcome that has not left, and forgets those that leave meanwhile. */
  each(visit: (outcome: OwnOutcome) => void): void
}

export function createAgeQueue(capacity: number): AgeQueue {
  let outcomes: OwnOutcome[] = []
  let first = 0

  function isSpent(outcome: OwnOutcome, oldestMs: number): boolean {
    if (outcome.isGone || outcome.result.atMs < oldestMs) return true
    return outcomes.length - first > capacity
  }

  return {
    push: (outcome) => outcomes.push(outcome),
    trim(oldestMs) {
      for (let next = outcomes[first]; next !== undefined; next = outcomes[first]) {
        if (!isSpent(next, oldestMs)) break
        next.leave()
        first += 1
      }
      // Moves the rest only when half is spent, so that each outcome is moved about once.
      if (first * 2 < outcomes.length || first === 0) return
      outcomes = outcomes.slice(first)
      first = 0
    },
    each(visit) {
      for (let at = first; at < outcomes.length; at += 1) {
        const outcome = outcomes[at]
        if (outcome !== undefined && !outcome.isGone) visit(outcome)
      }
      outcomes = outcomes.slice(first).filter((outcome) => !outcome.isGone)
      first = 0
    },
  }
}
