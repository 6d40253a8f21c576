import { BoundedMap } from '../runtime/bounded-map.ts'
import type { Constraints } from './constraints.ts'
import type { Decision } from './decision.ts'
import type { RankingQuestion } from './routing-table.ts'

/** What is kept of a decision until its outcome arrives, and for `explain`. */
export interface RememberedDecision {
  readonly decision: Decision
  readonly question: RankingQuestion
  readonly constraints: Constraints
}

/** The messages of a decision as they were: a list may have grown since. */
export interface RememberedMessages {
  readonly messages: unknown
  /** How many of them belong to the decision, where they are a list. */
  readonly count: number
}

export interface DecisionMemory {
  remember(remembered: RememberedDecision, messages: unknown): void
  find(decisionId: string): RememberedDecision | undefined
  /** Hands out a decision's messages and lets go of them. */
  takeMessages(decisionId: string): RememberedMessages | undefined
}

const DECISIONS_KEPT = 10_000
/** A decision among more candidates counts for several: it holds on to all of them. */
const CANDIDATES_PER_DECISION = 100
const MESSAGES_KEPT = 2_000
/** Estimated; bounds what unrecorded decisions keep from the garbage collector. */
const MESSAGE_TOKENS_KEPT = 8_000_000

/** `keepMessages` is false when prompts are neither hashed nor stored. */
export function createDecisionMemory({ keepMessages }: { keepMessages: boolean }): DecisionMemory {
  const decisions = new BoundedMap<string, RememberedDecision>(DECISIONS_KEPT, weigh)
  const kept = new Map<string, RememberedMessages & { tokens: number }>()
  // In the order of deciding; those that were taken meanwhile are still in it.
  let order: string[] = []
  let oldest = 0
  let tokensKept = 0

  function forget(decisionId: string): RememberedMessages | undefined {
    const entry = kept.get(decisionId)
    if (entry === undefined) return undefined
    kept.delete(decisionId)
    tokensKept -= entry.tokens
    return entry
  }

  function evict(): void {
    while (
      order.length - oldest > MESSAGES_KEPT ||
      (kept.size > 0 && tokensKept > MESSAGE_TOKENS_KEPT)
    ) {
      forget(order[oldest] ?? '')
      oldest += 1
    }
    if (oldest < MESSAGES_KEPT) return
    order = order.slice(oldest)
    oldest = 0
  }

  return {
    remember(remembered, messages) {
      const { decisionId } = remembered.decision
      decisions.set(decisionId, remembered)
      if (!keepMessages || messages === undefined || messages === null) return
      const { tokens } = remembered.constraints
      const count = Array.isArray(messages) ? messages.length : 1
      kept.set(decisionId, { messages, count, tokens })
      tokensKept += tokens
      order.push(decisionId)
      evict()
    },
    find: (decisionId) => decisions.get(decisionId),
    takeMessages: forget,
  }
}

function weigh({ decision, question, constraints }: RememberedDecision): number {
  const listed = (question.candidates?.length ?? 0) + constraints.exclude.length
  return 1 + Math.floor(Math.max(decision.fallbacks.length, listed) / CANDIDATES_PER_DECISION)
}
