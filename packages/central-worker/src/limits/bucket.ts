// A token bucket, in memory. What is taken may exceed what is there: then nothing more is given until the debt is paid
// off. So a batch of any size passes, and on average no more than the rate does.

export interface BucketOptions {
  readonly perSecond: number
  /** What may be taken at once after a pause. */
  readonly capacity: number
  /** Grows evenly, whatever the wall clock does. */
  readonly nowMs: () => number
}

export type Bucket = ReturnType<typeof createBucket>

export function createBucket({ perSecond, capacity, nowMs }: BucketOptions) {
  let level = capacity
  let filledMs = nowMs()

  function fill(): void {
    const now = nowMs()
    level = Math.min(capacity, level + ((now - filledMs) / 1_000) * perSecond)
    filledMs = now
  }

  return {
    /** Seconds until something may be taken; 0 where it may be now. */
    waitSeconds(): number {
      fill()
      return level >= 1 ? 0 : (1 - level) / perSecond
    },
    /** Takes this much, whether it is there or not. */
    take(amount: number): void {
      fill()
      level -= amount
    },
  }
}
