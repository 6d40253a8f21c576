/**
 * Callers that come during a read, or within `keptMs` of its start, get its result: costly reads do not pile up,
 * however frequent the requests. A read that takes longer than `limitMs` has failed for all of them.
 */
export function createSharedRead<T>(
  read: () => Promise<T>,
  { keptMs = 60_000, limitMs = Number.POSITIVE_INFINITY, nowMs = () => performance.now() } = {},
): () => Promise<T> {
  let result: Promise<T> | undefined
  let keptUntilMs = Number.POSITIVE_INFINITY
  return () => {
    if (nowMs() >= keptUntilMs) result = undefined
    if (result !== undefined) return result
    const begunMs = nowMs()
    keptUntilMs = Number.POSITIVE_INFINITY
    result = limitMs === Number.POSITIVE_INFINITY ? read() : withinTime(read(), limitMs)
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

/** Rejects where the answer takes longer; what it waits for goes on. */
export async function withinTime<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the read took too long')), limitMs)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
