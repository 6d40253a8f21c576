import { countedFrom, snapshotTime } from './rhythm.ts'

/** Outcomes on their way to the first snapshot that counts them, in order. */
export interface Delivery<T extends { readonly atMs: number }> {
  /** Takes an outcome in; times never go back. */
  send(outcome: T): void
  /** Hands over, in order, what the newest snapshot at `nowMs` counts and none before it did. */
  deliver(nowMs: number, receive: (outcome: T) => void): void
}

export function createDelivery<T extends { readonly atMs: number }>(): Delivery<T> {
  let waiting: T[] = []
  let next = 0
  return {
    send(outcome) {
      waiting.push(outcome)
    },
    deliver(nowMs, receive) {
      const madeMs = snapshotTime(nowMs)
      for (let outcome = waiting[next]; outcome !== undefined; outcome = waiting[next]) {
        if (countedFrom(outcome.atMs) > madeMs) break
        receive(outcome)
        next += 1
      }
      if (next < 1_000) return
      waiting = waiting.slice(next)
      next = 0
    },
  }
}
