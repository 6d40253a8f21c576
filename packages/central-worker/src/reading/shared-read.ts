export interface SharedReadOptions {
  /** How long a result is given to those that come later, from when its reading began. Default: a minute. */
  readonly keptMs?: number
  readonly nowMs?: () => number
}

/**
 * Callers that come while a reading is under way, or soon after, get its result: costly readings do not
 * pile up, however often somebody asks.
 */
export function createSharedRead<T>(
  read: () => Promise<T>,
  { keptMs = 60_000, nowMs = () => performance.now() }: SharedReadOptions = {},
): () => Promise<T> {
  let result: Promise<T> | undefined
  let keptUntilMs = Number.POSITIVE_INFINITY
  return () => {
    if (nowMs() >= keptUntilMs) result = undefined
    if (result !== undefined) return result
    const begunMs = nowMs()
    keptUntilMs = Number.POSITIVE_INFINITY
    result = read()
    result.then(
      () => {
        keptUntilMs = begunMs + keptMs
      },
      () => {
        result = undefined
      },
    )
    return result
  }
}
