/** Aggregation intervals that a replay spans, so that it can be seen learning. */
export const REPLAY_INTERVALS = 40

/** How long a replay takes at an aggregation interval. */
export function replayDurationMs(intervalMs: number): number {
  return intervalMs * REPLAY_INTERVALS
}

/** When decision `at` of `decisions` is due, counted from the start: evenly spread. */
export function dueMs(at: number, decisions: number, durationMs: number): number {
  return (at / decisions) * durationMs
}
