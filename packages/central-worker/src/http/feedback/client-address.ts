import { isIPv6 } from 'node:net'

/**
 * Whose request it is: the address that the outermost of our own proxies has seen. Each proxy adds the address that it was
 * called from at the end of X-Forwarded-For; what stands before that anybody can write. Without proxies that is the address of
 * the connection. Of IPv6 the first 64 bits, as one customer has them all.
 *
 * @param proxyHops How many proxies stand before this worker.
 */
export function clientAddress(
  connection: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  proxyHops: number,
): string {
  const forwarded = [forwardedFor ?? []].flat().flatMap((header) => header.split(','))
  const seen = [...forwarded.map((address) => address.trim()), connection ?? '']
  const address = seen.at(-1 - proxyHops) ?? seen[0] ?? ''
  return networkOf(address.replace(/^\[|\](:\d+)?$/g, '').slice(0, MAX_CHARS))
}

const MAX_CHARS = 64

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  return [...groups, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
