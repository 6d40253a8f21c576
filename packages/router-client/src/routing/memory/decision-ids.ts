// The ids of one router's decisions: UUIDs of version 7 that carry the decision's number, so that a
// decision is found again without a table of ids. After the time come 26 bits of a counter that begins
// anywhere (RFC 9562, 6.2, method 1), then 48 random bits of the router. Two routers give the same id only
// if they drew the same 48 bits and stand at the same count in the same millisecond; one router only if
// it makes 67 million decisions in one.
import { randomBytes, randomInt } from 'node:crypto'
import { uuidV7 } from '@winrate/shared-schema/contracts'

export interface DecisionIds {
  /** Of a decision of this number, made at this time: what its id shares with those made beside it. */
  headOf(number: number, madeAtMs: number): string
  /** The id of the decision of this number. */
  idOf(number: number, head: string): string
  /** The only number up to `latest` that an id of this router may have; any for one of another router. */
  numberOf(id: string, latest: number): number | undefined
}

const COUNTS = 2 ** 26
const LAST_COUNT = COUNTS - 1
/** Up to the version: `01234567-89ab-7`. */
const TIME_CHARS = 15
/** The digit whose upper two bits are the variant, after a hyphen. */
const VARIANT = 19
const COUNT_END = 23
/** Ids that differ in the last 8 bits of the counter only share their first part. */
const TAILS = 256

export function createDecisionIds(): DecisionIds {
  const first = randomInt(COUNTS)
  const routerBits = randomBytes(6).toString('hex')
  const tails = Array.from({ length: TAILS }, (_, low) => `${hex(low, 2)}-${routerBits}`)
  let head = ''
  let headMs = Number.NaN
  let headCount = -1

  function renewHead(count: number, madeAtMs: number): void {
    const variant = 8 + ((count >>> 12) & 3)
    const time = uuidV7(madeAtMs).slice(0, TIME_CHARS)
    head = `${time}${hex(count >>> 14, 3)}-${hex(variant, 1)}${hex((count >>> 8) & 15, 1)}`
    headMs = madeAtMs
    headCount = count >>> 8
  }

  return {
    headOf(number, madeAtMs) {
      const count = (first + number) & LAST_COUNT
      if (madeAtMs !== headMs || count >>> 8 !== headCount) renewHead(count, madeAtMs)
      return head
    },
    idOf: (number, head) => head + (tails[(first + number) & 255] ?? ''),
    numberOf(id, latest) {
      let count = 0
      for (let at = TIME_CHARS; at < COUNT_END; at += 1) {
        if (at === VARIANT) count = (count << 2) | (digitAt(id, at) & 3)
        else if (at !== VARIANT - 1) count = (count << 4) | digitAt(id, at)
      }
      const number = latest - ((first + latest - count) & LAST_COUNT)
      return number < 0 ? undefined : number
    },
  }
}

/** Anything where there is no digit. */
function digitAt(id: string, at: number): number {
  const code = id.charCodeAt(at)
  return (code < 58 ? code - 48 : code - 87) & 15
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
