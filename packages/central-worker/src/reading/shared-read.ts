/**
 * Callers that come during a read, or within `keptMs` of its start, get its result: costly reads do not pile
 * up, however frequent the requests.
 */
export function createSharedRead<T>(
  read: () => Promise<T>,
  { keptMs = 60_000, nowMs = () => performance.now() } = {},
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
