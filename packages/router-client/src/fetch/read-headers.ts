import type { RouteOptions } from '../routing/request/route-options.ts'
import { RouterError } from '../runtime/router-error.ts'

const PREFIX = 'x-winrate-'
export const REFERENCE_HEADER = `${PREFIX}reference`

interface Said extends RouteOptions {
  readonly taskType?: string
}

/** What a single call may say, each in a header of its name. */
const options: Readonly<Record<string, (value: string) => Said>> = {
  session: (sessionKey) => ({ sessionKey }),
  prefer: (prefer) => ({ prefer: prefer as 'cost' | 'speed' }),
  'task-type': (taskType) => ({ taskType }),
}

/**
 * How a call wants to be decided, and the headers that are left for the provider.
 *
 * @throws RouterError for a header that is no option.
 */
export function readHeaders(given: Headers): {
  readonly headers: Headers
  readonly routing: Said
} {
  const headers = new Headers(given)
  const routing: Said = {}
  const problems: string[] = []
  for (const [name, value] of given) {
    if (!name.startsWith(PREFIX)) continue
    headers.delete(name)
    const read = options[name.slice(PREFIX.length)]
    if (read === undefined) {
      const known = Object.keys(options).map((each) => PREFIX + each)
      problems.push(`${name} is not an option of a call: ${known.join(', ')} are`)
    } else Object.assign(routing, read(value))
  }
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  // The body changes.
  headers.delete('content-length')
  return { headers, routing }
}
