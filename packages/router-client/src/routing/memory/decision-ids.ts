// Ids that say where a decision stands in the memory: UUIDs of version 7. After the time come 26 bits of the decision's
// number (RFC 9562, 6.2, method 1), then 48 random bits of the router. Two routers give the same id only if they drew
// the same 48 bits, one router only if it makes 67 million decisions in a millisecond.
import { randomBytes } from 'node:crypto'
import { uuidV7 } from '@winrate/shared-schema/contracts'

/** More than decisions are kept: as many as the bits of the number that stand beside the variant tell apart. */
export const SLOTS = 2 ** 14
const BLOCKS = 2 ** 12
const VARIANT = 0x8000
/** Ids that differ in the last 8 bits of the number share their head. */
const TAILS = 256
/** `01234567-89ab-7` */
const TIME_CHARS = 15

export function createIds() {
  const routerBits = randomBytes(6).toString('hex')
  const tails = Array.from({ length: TAILS }, (_, low) => `${hex(low, 2)}-${routerBits}`)
  let head = ''
  let headMs = Number.NaN
  let headNumber = -1
  return {
    /** What the id of a decision shares with the ids of the decisions beside it. */
    headOf(number: number, madeAtMs: number): string {
      const first = number - (number % TAILS)
      if (madeAtMs !== headMs || first !== headNumber) {
        const block = hex(Math.floor(number / SLOTS) % BLOCKS, 3)
        const slot = hex(VARIANT + (number % SLOTS), 4)
        head = `${uuidV7(madeAtMs).slice(0, TIME_CHARS)}${block}-${slot.slice(0, 2)}`
        headMs = madeAtMs
        headNumber = first
      }
      return head
    },
    idOf: (number: number, itsHead: string): string => itsHead + (tails[number % TAILS] ?? ''),
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** Any slot for text that is no id. */
export function slotInId(id: string): number {
  return (Number.parseInt(id.slice(TIME_CHARS + 4, TIME_CHARS + 8), 16) || 0) % SLOTS
}
