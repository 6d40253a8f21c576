// Bounds the bytes of request bodies over all connections. Guarantees: the bodies whose requests are not over never
// count as more than the budget. Where a new body finds no room, those go first that have been arriving for
// longest. A body is safe for a grace: so slow uploads keep nobody out, and quick ones are not cut for newer ones.
import { overloaded } from './http-error.ts'

export interface BodyBudgetOptions {
  readonly bytes: number
  /** How long a body may arrive before it can be cut for another. */
  readonly graceMs: number
  /** Grows evenly, whatever the wall clock does. */
  readonly nowMs: () => number
}

export type BodyBudget = ReturnType<typeof createBodyBudget>

/** What one body takes of the budget. */
export interface BodyPlace {
  /** The body has arrived: it counts as what it is, and is not cut any more. */
  readonly settle: (bytes: number) => void
  /** Gives the place back. */
  readonly close: () => void
}

export function createBodyBudget({ bytes: limit, graceMs, nowMs }: BodyBudgetOptions) {
  const arriving = new Set<{ readonly beganMs: number; readonly cut: () => void }>()
  let used = 0
  return {
    /** What bodies count as now. */
    usedBytes: () => used,
    /**
     * Takes a place for a body of at most `bytes`. If it has to go before it has arrived, its place is given
     * back and `onCut` is called.
     *
     * @throws HttpError 503 without room.
     */
    open(bytes: number, onCut: () => void): BodyPlace {
      const beganMs = nowMs()
      for (const oldest of arriving) {
        if (used + bytes <= limit || beganMs - oldest.beganMs < graceMs) break
        oldest.cut()
      }
      if (used + bytes > limit) throw overloaded('Too many bodies arrive here at once.')
      used += bytes
      let taken = bytes
      const settle = (actual: number) => {
        arriving.delete(arrival)
        used -= taken - actual
        taken = actual
      }
      const close = () => settle(0)
      const arrival = {
        beganMs,
        cut() {
          close()
          onCut()
        },
      }
      arriving.add(arrival)
      return { settle, close }
    },
  }
}
