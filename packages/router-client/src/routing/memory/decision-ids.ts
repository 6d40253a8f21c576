// The ids of one router's decisions: UUIDs of version 7 that carry the decision's number, so that a
// decision is found again without a table of ids. After the time come 26 bits of the number (RFC 9562, 6.2,
// method 1), then 48 random bits of the router. Two routers give the same id only if they drew the same 48
// bits; one router only if it makes 67 million decisions in a millisecond.
import { randomBytes } from 'node:crypto'
import { uuidV7 } from '@winrate/shared-schema/contracts'

/** Bits of the number that stand beside the variant; those above them come before it. */
const LOW_BITS = 14
const LOW = 2 ** LOW_BITS - 1
const HIGH = 2 ** 12 - 1
const VARIANT = 0x8000
/** `01234567-89ab-7` */
const TIME_CHARS = 15

export function createDecisionIds() {
  const routerBits = randomBytes(6).toString('hex')
  let head = ''
  let headMs = Number.NaN
  let headHigh = -1

  /** @param number Of the decision, in the order that they are made. */
  return (number: number, madeAtMs: number): string => {
    const high = (number >>> LOW_BITS) & HIGH
    if (madeAtMs !== headMs || high !== headHigh) {
      const time = uuidV7(madeAtMs).slice(0, TIME_CHARS)
      head = `${time}${high.toString(16).padStart(3, '0')}`
      headMs = madeAtMs
      headHigh = high
    }
    return `${head}-${(VARIANT | (number & LOW)).toString(16)}-${routerBits}`
  }
}

/** The last bits of the number that an id carries; anything for other text. */
export function numberInId(id: string): number {
  return Number.parseInt(id.slice(TIME_CHARS + 4, TIME_CHARS + 8), 16) & LOW
}
