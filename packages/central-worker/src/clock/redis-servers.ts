// The servers that REDIS_URL stands for: one, several of which any will do, or the primary that Sentinels watch.
import { splitServers } from '@winrate/shared-schema/postgres'

/** Asks the Sentinel at this URL for the address of the primary of this name; null if it watches none. */
export type AskSentinel = (
  url: string,
  primaryName: string,
) => Promise<readonly [host: string, port: string] | null>

const SENTINEL = /^(rediss?)-sentinel:/
const SENTINEL_PORT = '26379'

/** What a URL of Sentinels lacks; undefined for every other text. */
export function redisUrlProblem(text: string): string | undefined {
  if (!SENTINEL.test(text) || !URL.canParse(splitServers(text)[0])) return undefined
  return primaryNameOf(text) === null
    ? 'names Sentinels and not what they watch: add ?sentinelMasterId=NAME'
    : undefined
}

/**
 * URLs of single servers, in the order in which to try them.
 *
 * @throws Error when no Sentinel knows the primary.
 */
export async function findRedisServers(
  redisUrl: string,
  ask: AskSentinel,
): Promise<readonly string[]> {
  if (!SENTINEL.test(redisUrl)) return splitServers(redisUrl)
  const name = primaryNameOf(redisUrl) ?? ''
  const problems: string[] = []
  for (const url of splitServers(redisUrl)) {
    try {
      const address = await ask(sentinelUrl(url), name)
      if (address !== null) return [primaryUrl(url, ...address)]
      problems.push(`watches no primary "${name}"`)
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`no Sentinel in REDIS_URL names the primary (${problems.join('; ')})`)
}

function primaryNameOf(redisUrl: string): string | null {
  return new URL(splitServers(redisUrl)[0]).searchParams.get('sentinelMasterId')
}

/** User, password and database of the URL are those of Redis. */
function sentinelUrl(one: string): string {
  const { protocol, hostname, port, searchParams } = new URL(one)
  const password = encodeURIComponent(searchParams.get('sentinelPassword') ?? '')
  return `${plain(protocol)}//${password && `:${password}@`}${hostname}:${port || SENTINEL_PORT}`
}

function primaryUrl(one: string, host: string, port: string): string {
  const { protocol, username, password, pathname } = new URL(one)
  const user = username || password ? `${username}:${password}@` : ''
  return `${plain(protocol)}//${user}${host.includes(':') ? `[${host}]` : host}:${port}${pathname}`
}

function plain(protocol: string): string {
  return protocol.replace(SENTINEL, '$1:')
}
