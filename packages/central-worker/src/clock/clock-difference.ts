/**
 * How far a replica's clock may be from the database's. Replicas set each other's ticks by their own clocks, so a
 * tick may come this much too early or too late.
 */
export const CLOCK_LIMIT_MS = 5_000

export interface ClockDifference {
  /** How far this machine's clock is ahead of the database's; negative when it is behind. */
  readonly aheadMs: number
  /** Whether the difference exceeds the limit even if the answer was as slow as it may have been. */
  readonly isTooLarge: boolean
}

/** Compares this machine's clock with the database's. */
export async function measureClockDifference(
  readDatabaseMs: () => Promise<number>,
  nowMs: () => number = Date.now,
): Promise<ClockDifference> {
  const before = nowMs()
  // Of the monotonic clock: the other one may be set while the database answers.
  const startedAt = performance.now()
  const databaseMs = await readDatabaseMs()
  const halfwayMs = (performance.now() - startedAt) / 2
  const aheadMs = Math.round(before + halfwayMs - databaseMs)
  return { aheadMs, isTooLarge: Math.abs(aheadMs) - halfwayMs > CLOCK_LIMIT_MS }
}

export function describeClockDifference({ aheadMs, isTooLarge }: ClockDifference): string {
  const size = Math.abs(aheadMs)
  const amount = size < 10_000 ? `${size} ms` : `${Math.round(size / 1000)} s`
  const found = `this machine's clock is ${amount} ${aheadMs < 0 ? 'behind' : 'ahead of'} the database's`
  return isTooLarge ? `${found}: set both clocks by NTP` : found
}
