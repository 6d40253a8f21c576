// How often something may happen for one key. Guarantee: memory is bounded. Where more keys come than are kept, counts are
// forgotten early, so that nobody is refused because of others.

export interface RateLimitOptions {
  /** The most for a key within `windowMs`; up to twice that time ago counts. */
  readonly most: number
  readonly windowMs: number
  readonly nowMs: () => number
}

const KEYS_KEPT = 50_000

export function createRateLimit({ most, windowMs, nowMs }: RateLimitOptions) {
  let counts = new Map<string, number>()
  let before = new Map<string, number>()
  let beganMs = nowMs()
  /** Counts one more for a key; false where it is one too many. */
  return (key: string): boolean => {
    const passedMs = nowMs() - beganMs
    if (passedMs >= windowMs || passedMs < 0 || counts.size >= KEYS_KEPT) {
      before = passedMs >= 2 * windowMs ? new Map() : counts
      counts = new Map()
      beganMs = nowMs()
    }
    const count = (counts.get(key) ?? 0) + 1
    if (count + (before.get(key) ?? 0) > most) return false
    counts.set(key, count)
    return true
  }
}
