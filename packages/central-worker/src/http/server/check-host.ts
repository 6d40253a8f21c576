// Keeps pages of other sites out of what is open without a token. Guarantee: a page gets nothing here by a name of
// its own, even if that name leads to this machine (DNS rebinding), and changes nothing by a request across sites.
import type { FastifyRequest } from 'fastify'
import { HttpError } from './http-error.ts'

/** Names that lead to this machine whoever is asked, in the form that browsers send. */
const loopback = /^(?:(?:[a-z0-9_-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Checks where a request that needs no token says that it goes, and where it comes from.
 *
 * @throws HttpError 403
 */
export function checkHost(request: FastifyRequest, allowedHosts: readonly string[]): void {
  const hosts = hostsOf(request)
  const isAllowed = (host: string) => loopback.test(host) || allowedHosts.includes(host)
  if (hosts.length === 0 || !hosts.every((host) => isAllowed(nameOf(host)))) {
    throw new HttpError(403, {
      code: 'unknown-host',
      message:
        'Without tokens, this worker answers only requests to localhost, 127.0.0.1 or [::1]. Set tokens, or add the name in the Host header to WINRATE_ALLOWED_HOSTS.',
    })
  }
  if (request.method !== 'GET' && isFromElsewhere(request, hosts)) {
    throw new HttpError(403, {
      code: 'other-origin',
      message:
        'Pages of other origins may not change anything here. A proxy must pass the Host header on as it is, or set tokens.',
    })
  }
}

/** Each host that a request names: in its Host headers and, where it is a whole URL, in its target. */
function hostsOf({ raw }: FastifyRequest): string[] {
  const target = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(raw.url ?? '')?.[1]
  const hosts = [...(raw.headersDistinct['host'] ?? []), ...(target === undefined ? [] : [target])]
  return hosts.map((host) => host.trim().toLowerCase())
}

/** Without the port, and without the dot at the end of a full name. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '')
}

function isFromElsewhere({ headers }: FastifyRequest, hosts: readonly string[]): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  return !URL.canParse(origin) || !hosts.includes(new URL(origin).host)
}
