// When an outcome reaches the fleet: the client sends it within its flush interval, and the first snapshot
// made after that counts it.

export const SNAPSHOT_INTERVAL_MS = 60_000
/** The client's default `flushIntervalMs`. */
export const FLUSH_DELAY_MS = 5_000
export const WINDOW_HOURS = 168
export const HOUR_MS = 3_600_000

/** The time of the newest snapshot at `nowMs`. */
export function snapshotTime(nowMs: number): number {
  return Math.floor(nowMs / SNAPSHOT_INTERVAL_MS) * SNAPSHOT_INTERVAL_MS
}

/** The time of the first snapshot that counts an outcome of `atMs`. */
export function countedFrom(atMs: number): number {
  return Math.ceil((atMs + FLUSH_DELAY_MS) / SNAPSHOT_INTERVAL_MS) * SNAPSHOT_INTERVAL_MS
}
