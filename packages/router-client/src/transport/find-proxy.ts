// Which proxy stands before a server, by the variables that curl, Go and newer versions of Node read.
import { BlockList, isIP } from 'node:net'

export interface ProxyAddress {
  /** Without user and password. */
  readonly url: URL
  /** What the proxy must be told, if anything. */
  readonly headers: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy that `HTTPS_PROXY` or `HTTP_PROXY` names for requests to `target`, unless `NO_PROXY` exempts its host.
 * Lower case comes first. A loopback address never has a proxy.
 *
 * @throws when the variable names no proxy that can be used.
 */
export function findProxy(target: URL, environment: Environment): ProxyAddress | undefined {
  const host = bareHost(target)
  if (isLoopback(host)) return undefined
  const exempt = readVariable(environment, 'no_proxy').value
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  if (exempt.split(/[\s,]+/).some((rule) => matches(rule, host, port))) return undefined
  const { name, value } = readVariable(
    environment,
    target.protocol === 'https:' ? 'https_proxy' : 'http_proxy',
  )
  return value === '' ? undefined : parseProxy(name, value)
}

function readVariable(environment: Environment, lower: string) {
  const upper = lower.toUpperCase()
  const value = environment[lower]?.trim()
  if (value !== undefined && value !== '') return { name: lower, value }
  // A CGI program gets the header `Proxy` of its caller in HTTP_PROXY.
  const isForeign = upper === 'HTTP_PROXY' && environment['REQUEST_METHOD'] !== undefined
  return { name: upper, value: isForeign ? '' : (environment[upper]?.trim() ?? '') }
}

function parseProxy(name: string, value: string): ProxyAddress {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`
  // The value may hold a password, so the error must not show it.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new Error(
      `${name} must be an address such as http://user:password@proxy.internal:3128, with special characters percent-encoded; for other proxies pass the option agent`,
    )
  }
  const { protocol, host, username, password } = new URL(text)
  const user = `${decodePercent(username)}:${decodePercent(password)}`
  const headers =
    user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }
  return { url: new URL(`${protocol}//${host}`), headers }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A rule of NO_PROXY: `*`, a host with all below it, an address, or a range of addresses; each may have a port. */
function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  // An IPv6 address without brackets has colons of its own.
  const [, bracketed, plain, rulePort = port] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? []
  const name = (bracketed ?? plain ?? rule).toLowerCase()
  if (rulePort !== port || name === '') return false
  if (isIP(host) !== 0) return isInRange(host, name)
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '')
  return host === suffix || host.endsWith(`.${suffix}`)
}

function isInRange(address: string, range: string): boolean {
  const [base = '', bits] = range.split('/')
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  const prefix = bits === undefined ? most : Number(bits)
  if (isIP(base) === 0 || !(Number.isInteger(prefix) && prefix >= 0 && prefix <= most)) return false
  const list = new BlockList()
  list.addSubnet(base, prefix, family)
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** In lower case, without the brackets of an IPv6 address and the dot of a complete name. */
function bareHost({ hostname }: URL): string {
  return hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '')
}

function isLoopback(host: string): boolean {
  if (isIP(host) !== 0) return isInRange(host, '127.0.0.0/8') || isInRange(host, '::1')
  return host === 'localhost' || host.endsWith('.localhost')
}
