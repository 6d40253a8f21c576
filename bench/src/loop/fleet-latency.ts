import { quantile } from '../measuring/spread.ts'
import type { SentBatches } from './publisher-protocol.ts'

/** A snapshot that the whole fleet uses. */
export interface AppliedSnapshot {
  readonly version: number
  /** The snapshot counts messages with a smaller id. */
  readonly queueWatermark: number
  /** When the last router started to use it, in milliseconds since 1970. */
  readonly atMs: number
}

export interface FleetLatency {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
  /** Outcomes that no snapshot in use counts. */
  readonly missing: number
}

/** The times from recording an outcome until every router decides by a snapshot that counts it. */
export function fleetLatency(
  batches: readonly SentBatches[],
  snapshots: readonly AppliedSnapshot[],
): FleetLatency {
  const ordered = snapshots.toSorted((one, other) => one.version - other.version)
  const latencies: number[] = []
  let missing = 0
  for (const { messageId, offset, recordedMs } of batches) {
    for (const [at, id] of messageId.entries()) {
      const counted = ordered.find(({ queueWatermark }) => queueWatermark > id)
      for (let of = offset[at] ?? 0; of < (offset[at + 1] ?? recordedMs.length); of += 1) {
        if (counted === undefined) missing += 1
        else latencies.push(counted.atMs - (recordedMs[of] ?? 0))
      }
    }
  }
  const sorted = Float64Array.from(latencies).sort()
  return {
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    maxMs: quantile(sorted, 1),
    missing,
  }
}
