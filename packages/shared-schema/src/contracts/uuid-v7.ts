import { randomUUID } from 'node:crypto'

const MAX_TIMESTAMP_MS = 281_474_976_710_655

/**
 * A UUID of version 7: 48 bits of time, the rest random. `randomUUID` draws from Node's entropy cache,
 * so this neither waits nor makes a system call for each id.
 */
export function uuidV7(nowMs: number): string {
  const timestampMs = Number.isFinite(nowMs) ? Math.min(Math.max(0, nowMs), MAX_TIMESTAMP_MS) : 0
  const time = Math.floor(timestampMs).toString(16).padStart(12, '0')
  // A random UUID from its 16th character on: 12 bits, then the variant and 62 bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
