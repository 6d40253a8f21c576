// When an outcome reaches the fleet: it is sent within the flush interval of the client, and counts in
// the first snapshot that is made after that.

export const SNAPSHOT_INTERVAL_MS = 60_000
/** The client's default `flushIntervalMs`. */
export const FLUSH_DELAY_MS = 5_000
export const WINDOW_HOURS = 168
export const HOUR_MS = 3_600_000

/** Time of the newest snapshot at `nowMs`. */
export function snapshotTime(nowMs: number): number {
  return Math.floor(nowMs / SNAPSHOT_INTERVAL_MS) * SNAPSHOT_INTERVAL_MS
}

/** Time of the first snapshot that counts an outcome of `atMs`. */
export function countedFrom(atMs: number): number {
  return Math.ceil((atMs + FLUSH_DELAY_MS) / SNAPSHOT_INTERVAL_MS) * SNAPSHOT_INTERVAL_MS
}
