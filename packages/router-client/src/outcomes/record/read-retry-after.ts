import { isRecord } from '../../runtime/unknown-value.ts'
import { thrownParts } from './read-failure.ts'

/** How long a provider asked to wait, in milliseconds, by the headers where SDKs keep them in what they throw. */
export function readRetryAfter(thrown: unknown, nowMs: number): number | undefined {
  for (const error of thrownParts(thrown)) {
    const afterMs = retryAfter(error, nowMs)
    if (afterMs !== undefined) return afterMs
  }
  return undefined
}

/** Headers that cannot be read say nothing of the error itself. */
function retryAfter(error: Record<string, unknown>, nowMs: number): number | undefined {
  try {
    const afterMs = readHeaders(error, nowMs)
    return Number.isFinite(afterMs) ? afterMs : undefined
  } catch {
    return undefined
  }
}

function readHeaders(error: Record<string, unknown>, nowMs: number): number | undefined {
  const { headers = error['responseHeaders'], response } = error
  const all = headers ?? (isRecord(response) ? response['headers'] : undefined)
  if (!isRecord(all)) return undefined
  const read = (name: string): unknown =>
    typeof all['get'] === 'function' ? all['get'](name) : all[name]
  const ms = Number(read('retry-after-ms') ?? Number.NaN)
  if (ms >= 0) return ms
  const value = read('retry-after') ?? undefined
  if (value === undefined) return undefined
  const seconds = Number(value)
  const afterMs = seconds >= 0 ? seconds * 1_000 : Date.parse(String(value)) - nowMs
  return Number.isNaN(afterMs) ? undefined : Math.max(0, afterMs)
}
