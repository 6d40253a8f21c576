// How the URL of a server, or of several, is written. Problems are sentences without the URL, because it holds a password.

export const ENCODE =
  'in user name and password, percent-encode # as %23, / as %2F, ? as %3F and @ as %40'

/** What stands before the hosts, and the hosts. */
const HOSTS = /^([a-z-]+:\/\/(?:[^@/?#]*@)?)([^@/?#]*)(?=[/?#]|$)/i

/** A URL for each of the hosts, which commas separate: `scheme://user@a:1,b:2/path` names two. */
export function splitServers(url: string): readonly [string, ...string[]] {
  const [first, ...others] = hostsOf(url).split(',')
  if (first === undefined || others.length === 0) return [url]
  return [withHosts(url, first), ...others.map((host) => withHosts(url, host))]
}

/** Gives the URL of one server the hosts of another URL. */
export function withServersOf(url: string, other: string): string {
  const hosts = hostsOf(other)
  return hosts.includes(',') ? withHosts(url, hosts) : url
}

function hostsOf(url: string): string {
  return HOSTS.exec(url)?.[2] ?? ''
}

function withHosts(url: string, hosts: string): string {
  return url.replace(HOSTS, (_, before: string) => before + hosts)
}

/** Why the text is not the URL of one server or several, or undefined. */
export function serverUrlProblem(text: string): string | undefined {
  return splitServers(text).map(problemOfOne).find(Boolean)
}

function problemOfOne(text: string): string | undefined {
  const url = parseServerUrl(text)
  if (url === undefined) return `is not a URL: ${ENCODE}`
  const { pathname, searchParams, username, password } = url
  // Redis has passwords without a user.
  const hasNoUser = `${username}${password}` === '' && !searchParams.has('user')
  if ((hasNoUser && text.includes('@')) || pathname.includes('@') || url.hash !== '')
    return `has a password that ends too early: ${ENCODE}`
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part)
  } catch {
    return `has a % that encodes no character: ${ENCODE}, and % as %25`
  }
  return undefined
}

export function parseServerUrl(text: string): URL | undefined {
  // A lone % is meant as such. A host may be missing: the server is then on this machine, or in `host=`.
  const written = text.replace(/%(?![0-9a-f]{2})/gi, '%25').replace('@/', '@localhost/')
  return URL.canParse(written) ? new URL(written) : undefined
}
