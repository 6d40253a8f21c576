// Recognises the retries of an SDK that counts them in a header, as those of OpenAI and Anthropic do.
import { BoundedMap } from '../runtime/bounded-map.ts'

/** Of the bodies of failed requests. */
const MOST_CHARS_KEPT = 4_194_304

/** Of one body: most failed calls are not repeated, and some bodies are sent for ever. */
const MOST_CALLS_KEPT = 1_000

export type Retries = ReturnType<typeof createRetries>

interface Failed {
  readonly chars: number
  /** What names the calls that failed, the last one last. */
  readonly calls: object[]
}

/**
 * A retry has the body of the call that failed, and counts one more. Two callers that ask the same at the same time may swap
 * their decisions, but never share one.
 */
export function createRetries() {
  const failed = new BoundedMap<string, Failed>(MOST_CHARS_KEPT, ({ chars }) => chars)
  return {
    /** What was left by the call that this one repeats. */
    take: (headers: Headers, body: string): object | undefined =>
      failed.get(`${countOf(headers)} ${body}`)?.calls.pop(),
    /** Leaves what names a call that failed. */
    leave(headers: Headers, body: string, call: object): void {
      const count = countOf(headers)
      if (count === undefined) return
      const key = `${count + 1} ${body}`
      const known = failed.get(key) ?? { chars: key.length, calls: [] }
      known.calls.push(call)
      if (known.calls.length > MOST_CALLS_KEPT) known.calls.shift()
      failed.set(key, known)
    },
  }
}

/** How many calls came before; undefined where the SDK does not say. */
function countOf(headers: Headers): number | undefined {
  const count = Number(headers.get('x-stainless-retry-count') ?? Number.NaN)
  return Number.isInteger(count) ? count : undefined
}
