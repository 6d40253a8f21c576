// The latest 10,000 decisions, until their outcomes arrive and for explain(), and older ones whose call is under way.
// Guarantees: what is found is what was decided, whatever a caller does to the object that it got; memory is bounded.
// Messages of calls under way are those that their callers hold.
//   Decisions stand in a ring, at the place that the last bits of their number name: a map of 10,000 ids
// takes ten times as long, because every entry outlives a garbage collection.
import { type Decision, describeDecision, type MadeDecision } from './decision.ts'
import { createIds, SLOTS, slotInId } from './decision-ids.ts'
import type { Refer } from './decision-reference.ts'
import { clear, read, Slot, store } from './slot.ts'

/** The messages of a decision. Their list may have grown since. */
export interface RememberedMessages {
  readonly messages: unknown
  /** How many of them belong to the decision, where they are a list. */
  readonly count: number
}

const DECISIONS_KEPT = 10_000
/** A decision among more candidates counts as several decisions, because it refers to all of them. */
const CANDIDATES_PER_DECISION = 100
const MESSAGES_KEPT = 2_000
/** Bounds the memory that decisions without an outcome hold. */
const MESSAGE_BYTES_KEPT = 32_000_000

/** No outcome is to be expected of an older decision. */
const ANSWERED_WITHIN_MS = 3_600_000

interface MemoryOptions {
  /** False when prompts are neither hashed nor stored. */
  readonly keepMessages: boolean
  readonly refer: Refer
  /** Told of each drawn decision that it has an outcome, that none is to be expected, or, after that, that it has one. */
  readonly onSettled: (
    request: MadeDecision['request'],
    candidate: MadeDecision['choice']['candidate'],
    decidedMs: number,
    added: Added,
  ) => void
}

export function createDecisionMemory({ keepMessages, refer, onSettled }: MemoryOptions) {
  const ids = createIds()
  const { answer, giveUp, withdraw } = createSettling(onSettled)
  const ring: Slot[] = []
  const outlasting = createOutlasting(giveUp)
  let next = 0
  let oldest = 0
  let weight = 0
  let oldestMessages = 0
  let oldestOpen = 0
  const kept = createKeptMessages()

  function forgetOldest(): void {
    const slot = slotOf(oldest)
    weight -= slot.weight
    if (slot.calls > 0) {
      const place = oldest % SLOTS
      ring[place] = new Slot()
      kept.uncount(slot)
      outlasting.keep(ids.idOf(place, slot.head ?? ''), slot)
    } else {
      giveUp(slot)
      kept.forget(slot)
      clear(slot)
    }
    oldest += 1
  }

  function slotOf(number: number): Slot {
    const place = number % SLOTS
    const slot = ring[place] ?? new Slot()
    ring[place] = slot
    return slot
  }

  function forgetOldMessages(): void {
    while (oldestMessages < next - MESSAGES_KEPT || kept.bytes > MESSAGE_BYTES_KEPT) {
      const slot = slotOf(oldestMessages)
      // Whose call is under way has them in its caller's hands anyway.
      if (slot.calls > 0) kept.uncount(slot)
      else kept.forget(slot)
      oldestMessages += 1
    }
  }

  function find(decisionId: unknown): Slot | undefined {
    if (typeof decisionId !== 'string') return undefined
    const place = slotInId(decisionId)
    const slot = ring[place]
    const isThere = slot?.head !== undefined && ids.idOf(place, slot.head) === decisionId
    return isThere ? slot : outlasting.find(decisionId)
  }

  return {
    /**
     * Names a decision, and describes it to the caller.
     *
     * @param messages Null when they could not be read.
     */
    remember(made: MadeDecision, madeAtMs: number, messages: unknown): Decision {
      const added = weigh(made)
      while (weight + added > DECISIONS_KEPT && oldest < next) forgetOldest()
      weight += added
      const slot = slotOf(next)
      store(slot, made, added)
      slot.decidedMs = madeAtMs
      const head = ids.headOf(next, madeAtMs)
      const id = ids.idOf(next, head)
      slot.head = head
      next += 1
      if (keepMessages && messages !== null) {
        kept.keep(slot, messages)
      }
      forgetOldMessages()
      return describeDecision(id, refer(id, made), made)
    },
    find(decisionId: unknown): MadeDecision | undefined {
      const slot = find(decisionId)
      return slot && read(slot)
    },
    /** A call of it begins: until as many are released the decision is found, and not given up because of later ones. */
    hold: (decisionId: string) => addCalls(find(decisionId), 1),
    release(decisionId: string): void {
      const slot = find(decisionId)
      if (addCalls(slot, -1) > 0) return
      // Those that are counted are forgotten in their turn.
      if (slot?.messageBytes === 0) slot.messages = undefined
      outlasting.end(decisionId)
    },
    /** The decision has an outcome. */
    answer: (decisionId: unknown): void => answer(find(decisionId)),
    /** No call came of the decision, and not because of its model: it does not count as one without an outcome. */
    withdraw: (decisionId: unknown): void => withdraw(find(decisionId)),
    /** Gives up the open decisions of before an hour, or all of them. Returns whether any is still open. */
    giveUpOpen(nowMs = Number.POSITIVE_INFINITY): boolean {
      oldestOpen = Math.max(oldestOpen, oldest)
      for (; oldestOpen < next; oldestOpen += 1) {
        const slot = slotOf(oldestOpen)
        if (slot.state === 'open' && slot.decidedMs > nowMs - ANSWERED_WITHIN_MS) return true
        giveUp(slot)
      }
      return false
    },
    /** Returns a decision's messages and forgets them. */
    takeMessages(decisionId: string): RememberedMessages | undefined {
      const slot = find(decisionId)
      if (slot?.messages === undefined) return undefined
      const remembered = { messages: slot.messages, count: slot.messageCount }
      kept.forget(slot)
      return remembered
    },
  }
}

/** Messages in slots, and how many bytes of them count in the bound. */
function createKeptMessages() {
  let bytes = 0
  function uncount(slot: Slot): void {
    bytes -= slot.messageBytes
    slot.messageBytes = 0
  }
  return {
    get bytes() {
      return bytes
    },
    uncount,
    keep(slot: Slot, messages: unknown): void {
      slot.messages = messages
      slot.messageCount = Array.isArray(messages) ? messages.length : 1
      slot.messageBytes = slot.bytes
      bytes += slot.bytes
    },
    forget(slot: Slot): void {
      if (slot.messages === undefined) return
      slot.messages = undefined
      uncount(slot)
    },
  }
}

/** Returns how many there are then. */
function addCalls(slot: Slot | undefined, more: number): number {
  if (slot === undefined) return 0
  slot.calls += more
  return slot.calls
}

/** Held decisions that have left the ring, by their ids, the oldest first. */
function createOutlasting(giveUp: (slot: Slot) => void) {
  const slots = new Map<string, Slot>()
  function end(decisionId: string): void {
    const slot = slots.get(decisionId)
    if (slot === undefined) return
    slots.delete(decisionId)
    giveUp(slot)
  }
  return {
    find: (decisionId: string) => slots.get(decisionId),
    end,
    keep(decisionId: string, slot: Slot): void {
      slots.set(decisionId, slot)
      // Some calls are never over, such as streams that nobody reads.
      const [oldest] = slots.size > DECISIONS_KEPT ? slots.keys() : []
      if (oldest !== undefined) end(oldest)
    },
  }
}

interface Added {
  readonly decided: number
  readonly answered: number
}

/** Tells of each drawn decision once that it was made, and once that it has an outcome. */
function createSettling(onSettled: MemoryOptions['onSettled']) {
  function settle(slot: Slot, state: Slot['state'], added: Added): void {
    slot.state = state
    const { request, choice, decidedMs } = slot
    if (request !== undefined && choice !== undefined) {
      onSettled(request, choice.candidate, decidedMs, added)
    }
  }
  return {
    answer(slot: Slot | undefined): void {
      if (slot?.state === 'open') settle(slot, 'answered', { decided: 1, answered: 1 })
      else if (slot?.state === 'unanswered') settle(slot, 'answered', { decided: 0, answered: 1 })
    },
    withdraw(slot: Slot | undefined): void {
      if (slot?.state === 'open') slot.state = 'undrawn'
    },
    /** An outcome would not find the decision any more, or is not to be expected. */
    giveUp(slot: Slot): void {
      if (slot.state === 'open') settle(slot, 'unanswered', { decided: 1, answered: 0 })
    },
  }
}

export type DecisionMemory = ReturnType<typeof createDecisionMemory>

function weigh({ request: { options }, choice }: MadeDecision): number {
  const listed = (options.candidates?.length ?? 0) + (options.exclude?.length ?? 0)
  return 1 + Math.floor(Math.max(choice.fallbacks.length, listed) / CANDIDATES_PER_DECISION)
}
