import { isDate } from 'node:util/types'

/** Also a Date of another realm, which is no instance of this realm's. Other forms are for the contract to read. */
export function isoTime(value: unknown): unknown {
  if (!isDate(value)) return value
  const date = new Date(Date.prototype.getTime.call(value))
  return Number.isNaN(date.getTime()) ? value : date.toISOString()
}
