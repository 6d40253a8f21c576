import { limits } from '@winrate/shared-schema/contracts'

/** Whether an If-None-Match header names the entity tag (RFC 9110, weak comparison). */
export function matchesEntityTag(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const candidates = ifNoneMatch.split(',').map((candidate) => candidate.trim())
  return candidates.some((tag) => tag === '*' || tag.replace(/^W\//, '') === entityTag)
}

/** Whether an Accept-Encoding header takes gzip (RFC 9110). Without the header it is not sent. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const weights = weightsOf(acceptEncoding)
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0
}

/** The same for brotli, which only those who name it get. */
export function acceptsBrotli(acceptEncoding: string | undefined): boolean {
  return (weightsOf(acceptEncoding).get('br') ?? 0) > 0
}

/** Whether an Accept header names HTML, as browsers do for pages. A wildcard alone asks for the API's own answer. */
export function namesHtml(accept: string | undefined): boolean {
  return (weightsOf(accept).get('text/html') ?? 0) > 0
}

/** What a header lists, in lower case, with the weight of each. */
function weightsOf(header: string | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const part of (header ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    weights.set(name, weight === undefined ? 1 : Number(weight))
  }
  return weights
}

/** The instance that sends the request, by the header `x-winrate-instance`; undefined without one. */
export function instanceIdOf(headers: {
  readonly 'x-winrate-instance'?: string | undefined
}): string | undefined {
  const value = headers['x-winrate-instance']
  if (value === undefined || value === '') return undefined
  return decoded(value).slice(0, limits.instanceIdChars)
}

// Ids that are not ASCII come percent-encoded from router-client and as UTF-8 from others, which Node
// reads as Latin-1. An ASCII id is sent as it is, so a percent sign in one stays.
function decoded(value: string): string {
  const unescaped = unescapeId(value)
  if (!isAscii(unescaped)) return unescaped
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\uFFFD') ? value : text
}

function unescapeId(value: string): string {
  if (!isAscii(value)) return ''
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
