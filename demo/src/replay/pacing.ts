/** Number of aggregation intervals in a replay: enough to watch it learn. */
export const REPLAY_INTERVALS = 40

/** Duration of a replay with the given aggregation interval. */
export function replayDurationMs(intervalMs: number): number {
  return intervalMs * REPLAY_INTERVALS
}

/** The time since the start at which decision `at` of `decisions` is due; decisions are spread evenly. */
export function dueMs(at: number, decisions: number, durationMs: number): number {
  return (at / decisions) * durationMs
}
