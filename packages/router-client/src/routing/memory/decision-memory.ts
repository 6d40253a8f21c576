// The last decisions, until their outcomes arrive and for `explain`. Guarantees: what is found is what was
// decided, whatever became of the object that the caller got; memory is bounded; and remembering makes
// nothing that the garbage collector would have to carry along: a ring of slots holds numbers, and
// references to what lives longer than a decision.
import { createDecisionIds } from './decision-ids.ts'
import { createDecisionSlots } from './decision-slots.ts'
import type { MadeDecision } from './made-decision.ts'
import { createWaitingMessages, type RememberedMessages } from './waiting-messages.ts'

export interface DecisionMemory {
  /**
   * Names a decision.
   *
   * @param messages Null when they could not be read.
   */
  remember(made: MadeDecision, madeAtMs: number, messages: unknown): string
  find(decisionId: unknown): MadeDecision | undefined
  /** Hands out a decision's messages and lets go of them. */
  takeMessages(decisionId: string): RememberedMessages | undefined
}

const DECISIONS_KEPT = 10_000
/** More than are kept. */
const SLOTS = 2 ** 14
/** A decision among more candidates counts for several: it holds on to all of them. */
const CANDIDATES_PER_DECISION = 100

/** `keepMessages` is false when prompts are neither hashed nor stored. */
export function createDecisionMemory({ keepMessages }: { keepMessages: boolean }): DecisionMemory {
  const ids = createDecisionIds()
  const slots = createDecisionSlots(SLOTS)
  const waiting = createWaitingMessages()
  let decided = 0
  let oldest = 0
  let weightKept = 0
  let foundId = ''
  let foundNumber = -1

  function makeRoom(weight: number): void {
    while (weightKept + weight > DECISIONS_KEPT && oldest < decided) {
      weightKept -= slots.forget(oldest)
      oldest += 1
    }
    weightKept += weight
  }

  function numberOf(decisionId: unknown): number | undefined {
    if (typeof decisionId !== 'string') return undefined
    // Asked for twice, as a rule: for the decision, then for its messages.
    const isAgain = decisionId === foundId
    const number = isAgain ? foundNumber : ids.numberOf(decisionId, decided - 1)
    if (number === undefined || number < oldest) return undefined
    if (!isAgain && ids.idOf(number, slots.head(number)) !== decisionId) return undefined
    foundId = decisionId
    foundNumber = number
    return number
  }

  return {
    remember(made, madeAtMs, messages) {
      const weight = weigh(made)
      makeRoom(weight)
      const number = decided
      decided += 1
      const head = ids.headOf(number, madeAtMs)
      slots.store(number, made, head, weight)
      if (keepMessages && messages !== null) waiting.keep(number, messages, made.needs.tokens)
      return ids.idOf(number, head)
    },
    find(decisionId) {
      const number = numberOf(decisionId)
      return number === undefined ? undefined : slots.read(number)
    },
    takeMessages(decisionId) {
      const number = numberOf(decisionId)
      return number === undefined ? undefined : waiting.take(number)
    },
  }
}

function weigh({ asked, choice }: MadeDecision): number {
  const { candidates } = asked.question
  const { exclude } = asked.options
  const listed = (candidates?.length ?? 0) + (exclude?.length ?? 0)
  return 1 + Math.floor(Math.max(choice.fallbacks.length, listed) / CANDIDATES_PER_DECISION)
}
