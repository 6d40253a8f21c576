import { limits } from '@winrate/shared-schema/contracts'

/** Who asks, by the header `x-winrate-instance`; undefined for those that do not say. */
export function instanceIdOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const value = headers['x-winrate-instance']
  if (typeof value !== 'string' || value === '') return undefined
  return decoded(value).slice(0, limits.instanceIdChars)
}

// Node reads headers as Latin-1; an id that is not ASCII was sent as UTF-8.
function decoded(value: string): string {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\uFFFD') ? value : text
}
