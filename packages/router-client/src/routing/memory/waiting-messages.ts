// The messages of decisions whose outcome may still come, by the decision's number: bounded by count and
// by what they are estimated to hold.

/** The messages of a decision as they were: a list may have grown since. */
export interface RememberedMessages {
  readonly messages: unknown
  /** How many of them belong to the decision, where they are a list. */
  readonly count: number
}

export interface WaitingMessages {
  /** Numbers only grow. */
  keep(number: number, messages: unknown, tokens: number): void
  /** Hands out a decision's messages and lets go of them. */
  take(number: number): RememberedMessages | undefined
}

const MESSAGES_KEPT = 2_000
/** A power of two, and more than are kept. */
const SLOTS = 2_048
const LAST_SLOT = SLOTS - 1
/** Estimated; bounds what unrecorded decisions keep from the garbage collector. */
const MESSAGE_TOKENS_KEPT = 8_000_000

export function createWaitingMessages(): WaitingMessages {
  // A ring: the slot of a number is its last bits.
  const kept: unknown[] = []
  const numbers = new Float64Array(SLOTS).fill(-1)
  const counts = new Float64Array(SLOTS)
  const tokensOf = new Float64Array(SLOTS)
  let oldest = 0
  let tokensKept = 0

  function forget(slot: number): void {
    if (kept[slot] === undefined) return
    kept[slot] = undefined
    tokensKept -= tokensOf[slot] ?? 0
  }

  return {
    keep(number, messages, tokens) {
      const slot = number & LAST_SLOT
      forget(slot)
      kept[slot] = messages
      numbers[slot] = number
      counts[slot] = Array.isArray(messages) ? messages.length : 1
      tokensOf[slot] = tokens
      tokensKept += tokens
      while (oldest <= number - MESSAGES_KEPT) {
        forget(oldest & LAST_SLOT)
        oldest += 1
      }
      while (tokensKept > MESSAGE_TOKENS_KEPT) {
        forget(oldest & LAST_SLOT)
        oldest += 1
      }
    },
    take(number) {
      const slot = number & LAST_SLOT
      const messages = kept[slot]
      if (messages === undefined || numbers[slot] !== number) return undefined
      const count = counts[slot] ?? 0
      forget(slot)
      return { messages, count }
    },
  }
}
