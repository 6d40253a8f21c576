// The latest 10,000 decisions, until their outcomes arrive and for explain(). Guarantees: what is found is
// what was decided, whatever a caller does to the object that it got; memory is bounded.
//   Decisions stand in a ring, at the place that the last bits of their number name: a map of 10,000 ids
// takes ten times as long, because every entry outlives a garbage collection.
import type { MadeDecision } from './decision.ts'
import { createDecisionIds, numberInId } from './decision-ids.ts'

/** The messages of a decision as they were: a list may have grown since. */
export interface RememberedMessages {
  readonly messages: unknown
  /** How many of them belong to the decision, where they are a list. */
  readonly count: number
}

interface Kept {
  readonly id: string
  readonly made: MadeDecision
  readonly weight: number
  messages: RememberedMessages | undefined
}

const DECISIONS_KEPT = 10_000
/** A power of two, more than are kept and no more than `numberInId` tells apart. */
const SLOTS = 2 ** 14
/** A decision among more candidates counts for several: it holds on to all of them. */
const CANDIDATES_PER_DECISION = 100
const MESSAGES_KEPT = 2_000
/** Estimated; bounds what unrecorded decisions keep from the garbage collector. */
const MESSAGE_TOKENS_KEPT = 8_000_000

/** @param keepMessages False when prompts are neither hashed nor stored. */
export function createDecisionMemory({ keepMessages }: { readonly keepMessages: boolean }) {
  const idOf = createDecisionIds()
  const ring: (Kept | undefined)[] = []
  let next = 0
  let oldest = 0
  let weight = 0
  let oldestMessages = 0
  let tokens = 0

  function forgetOldest(): void {
    weight -= ring[oldest % SLOTS]?.weight ?? 0
    forgetMessages(ring[oldest % SLOTS])
    ring[oldest % SLOTS] = undefined
    oldest += 1
  }

  function forgetMessages(kept: Kept | undefined): void {
    if (kept?.messages === undefined) return
    kept.messages = undefined
    tokens -= kept.made.needs.tokens
  }

  function forgetOldMessages(): void {
    while (oldestMessages < next - MESSAGES_KEPT || tokens > MESSAGE_TOKENS_KEPT) {
      forgetMessages(ring[oldestMessages % SLOTS])
      oldestMessages += 1
    }
  }

  function find(decisionId: unknown): Kept | undefined {
    if (typeof decisionId !== 'string') return undefined
    const kept = ring[numberInId(decisionId)]
    return kept?.id === decisionId ? kept : undefined
  }

  return {
    /**
     * Names a decision.
     *
     * @param messages Null when they could not be read.
     */
    remember(made: MadeDecision, madeAtMs: number, messages: unknown): string {
      const added = weigh(made)
      while (weight + added > DECISIONS_KEPT && oldest < next) forgetOldest()
      weight += added
      const id = idOf(next, madeAtMs)
      const kept: Kept = { id, made, weight: added, messages: undefined }
      ring[next % SLOTS] = kept
      next += 1
      if (keepMessages && messages !== null) {
        kept.messages = { messages, count: Array.isArray(messages) ? messages.length : 1 }
        tokens += made.needs.tokens
      }
      forgetOldMessages()
      return id
    },
    find: (decisionId: unknown): MadeDecision | undefined => find(decisionId)?.made,
    /** Hands out a decision's messages and forgets them. */
    takeMessages(decisionId: string): RememberedMessages | undefined {
      const kept = find(decisionId)
      const messages = kept?.messages
      forgetMessages(kept)
      return messages
    },
  }
}

export type DecisionMemory = ReturnType<typeof createDecisionMemory>

function weigh({ request: { options }, choice }: MadeDecision): number {
  const listed = (options.candidates?.length ?? 0) + (options.exclude?.length ?? 0)
  return 1 + Math.floor(Math.max(choice.fallbacks.length, listed) / CANDIDATES_PER_DECISION)
}
