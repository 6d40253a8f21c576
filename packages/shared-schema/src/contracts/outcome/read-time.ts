// The times that an outcome may name, and how other unambiguous forms of a time are read. winrate.is_time and
// winrate.loose_time do the same in SQL.
import { timePattern } from '../names/formats.ts'

/** As languages print a time: with a space, in lower case, with a short offset, or with the name of UTC. */
const printedTime =
  /^[ \t\r\n]*([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?([Zz]|[Uu][Tt][Cc]|[Gg][Mm][Tt]|[+-][0-9]{2}(?::?[0-9]{2})?)[ \t\r\n]*$/
const epoch = /^[ \t\r\n]*[0-9]{10,19}(?:\.[0-9]{1,9})?[ \t\r\n]*$/

/** No time is longer. */
const MAX_CHARS = 100
const END_MS = Date.UTC(2100, 0)

/**
 * A time in the contract's form, read from a text or a number that can mean only one moment: ISO 8601 with an
 * offset as languages print it, or time since 1970 in seconds, milliseconds, micro- or nanoseconds, which
 * their size tells apart. Undefined for anything else, so for a time without an offset too.
 */
export function readTime(value: unknown): string | undefined {
  if (typeof value === 'number') return readEpoch(value)
  if (typeof value !== 'string' || value.length > MAX_CHARS) return undefined
  if (timePattern.test(value)) return value
  if (epoch.test(value)) return readEpoch(Number(value))
  const [, date, time, offset] = printedTime.exec(value) ?? []
  if (date === undefined || time === undefined || offset === undefined) return undefined
  const iso = `${date}T${time.replace(',', '.')}${readOffset(offset)}`
  return timePattern.test(iso) ? iso : undefined
}

/** A number below 1e9 is no time since 1970 that anybody means. */
function readEpoch(value: number): string | undefined {
  if (!(value >= 1e9 && value < 1e19)) return undefined
  const perMs = value < 1e11 ? 1e-3 : value < 1e14 ? 1 : value < 1e17 ? 1e3 : 1e6
  const ms = Math.round(value / perMs)
  return ms < END_MS ? new Date(ms).toISOString() : undefined
}

function readOffset(offset: string): string {
  if (!/^[+-]/.test(offset)) return 'Z'
  return `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`
}
