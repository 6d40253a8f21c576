import { countedFrom, snapshotTime } from './rhythm.ts'

/** Outcomes on their way to the first snapshot that counts them, in order. */
export interface Delivery<T extends { readonly atMs: number }> {
  /** Accepts an outcome; times never go back. */
  send(outcome: T): void
  /** Delivers, in order, the outcomes that the newest snapshot at `nowMs` is the first to count. */
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
