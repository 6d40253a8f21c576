export interface SharedReadOptions {
  /** How long later callers get the same result, from the start of the read. Default: a minute. */
  readonly keptMs?: number
  readonly nowMs?: () => number
}

/**
 * Callers that come during a read, or soon after it, get its result: however frequent the requests, costly
 * reads do not pile up.
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
