import type { Timer } from '../runtime/clock.ts'

export type ManualClock = ReturnType<typeof manualClock>

/**
 * A clock that stands still until a test advances it.
 *
 * @param startMs Milliseconds since 1970. Default: 1 January 2026.
 */
export function manualClock(startMs: number = Date.UTC(2026, 0, 1)) {
  let nowMs = startMs
  let made = 0
  const timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>()

  function nextDue(untilMs: number) {
    return [...timers]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .sort(([one, a], [other, b]) => a.atMs - b.atMs || one - other)[0]
  }

  return {
    now: () => nowMs,
    setTimer(delayMs: number, callback: () => void): Timer {
      made += 1
      const id = made
      timers.set(id, { atMs: nowMs + Math.max(0, delayMs), callback })
      return { cancel: () => timers.delete(id) }
    },
    /** Advances time, and fires the timers that are due on the way, in order. */
    advance(ms: number): void {
      const untilMs = nowMs + ms
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        const [id, { atMs, callback }] = due
        timers.delete(id)
        nowMs = atMs
        callback()
      }
      nowMs = untilMs
    },
    /** Timers that have neither fired nor been cancelled. */
    pendingTimers: () => timers.size,
  }
}
