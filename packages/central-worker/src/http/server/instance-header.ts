import { limits } from '@winrate/shared-schema/contracts'

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
