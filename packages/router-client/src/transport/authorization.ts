// The bearer token of requests to a worker.
import { type Clock, withDeadline } from '../runtime/clock.ts'
import { describeCause } from '../runtime/unknown-value.ts'

/**
 * A token, or a function that returns the one to use now, which may be a promise. It is called before each request, so
 * that a token may be replaced while the router runs.
 */
export type Token = string | (() => string | Promise<string>)

const printable = /^[\x21-\x7e]+$/
const RULE = 'must be printable ASCII without spaces or line breaks'
const DEADLINE_MS = 10_000

/** A token goes into a header: a trailing line break, as in a file, would fail every request. */
export function tokenProblems(name: string, token: unknown): string[] {
  if (token === undefined || typeof token === 'function') return []
  if (typeof token === 'string' && printable.test(token)) return []
  return [`${name}: token ${RULE}, or a function that returns such a text`]
}

/** The header for a request; none without a token. @throws when the token's function gives none within 10 seconds. */
export async function authorize(
  token: Token | undefined,
  clock: Clock,
): Promise<{ readonly authorization?: string }> {
  if (token === undefined) return {}
  const given =
    typeof token === 'string' ? token : await withDeadline(ask(token), deadlineOf(clock))
  if (given === undefined) throw new Error(`the function token gave none within ${DEADLINE_MS} ms`)
  return { authorization: `Bearer ${given}` }
}

function deadlineOf(clock: Clock) {
  return { clock, timeoutMs: DEADLINE_MS, keepAlive: false }
}

async function ask(token: () => string | Promise<string>): Promise<string> {
  let given: unknown
  try {
    given = await token()
  } catch (cause) {
    throw new Error(`the function token failed: ${describeCause(cause)}`, { cause })
  }
  if (typeof given === 'string' && printable.test(given)) return given
  throw new Error(`what the function token gave ${RULE}`)
}
