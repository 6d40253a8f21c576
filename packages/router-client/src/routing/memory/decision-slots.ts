// A ring of decisions: the slot of a decision's number is its last bits. Columns instead of objects, so
// that a decision leaves nothing behind that the garbage collector would have to copy.
import type { DecisionReason } from './decision.ts'
import type { MadeDecision } from './made-decision.ts'

export interface DecisionSlots {
  /** @param head Of its id. */
  store(number: number, made: MadeDecision, head: string, weight: number): void
  /** Lets go of what the decision held on to, and tells its weight. */
  forget(number: number): number
  head(number: number): string
  read(number: number): MadeDecision
}

const IMAGES = 1
const TOOLS = 2

/** @param count A power of two. */
export function createDecisionSlots(count: number): DecisionSlots {
  const last = count - 1
  const asked: (MadeDecision['asked'] | undefined)[] = []
  const choices: (MadeDecision['choice'] | undefined)[] = []
  const reasons: DecisionReason[] = []
  const heads: string[] = []
  const propensities = new Float64Array(count)
  const versions = new Float64Array(count)
  const tokens = new Float64Array(count)
  const flags = new Uint8Array(count)
  const weights = new Uint32Array(count)
  return {
    store(number, made, head, weight) {
      const slot = number & last
      asked[slot] = made.asked
      choices[slot] = made.choice
      reasons[slot] = made.reason
      heads[slot] = head
      propensities[slot] = made.propensity
      versions[slot] = made.snapshotVersion ?? Number.NaN
      tokens[slot] = made.needs.tokens
      flags[slot] = (made.needs.images ? IMAGES : 0) | (made.needs.tools ? TOOLS : 0)
      weights[slot] = weight
    },
    forget(number) {
      const slot = number & last
      asked[slot] = undefined
      choices[slot] = undefined
      return weights[slot] ?? 0
    },
    head: (number) => heads[number & last] ?? '',
    read(number) {
      const slot = number & last
      const [question, choice, reason] = [asked[slot], choices[slot], reasons[slot]]
      if (question === undefined || choice === undefined || reason === undefined) {
        throw new Error('a decision was forgotten too early')
      }
      const version = versions[slot] ?? Number.NaN
      return {
        asked: question,
        choice,
        reason,
        propensity: propensities[slot] ?? 1,
        snapshotVersion: Number.isNaN(version) ? undefined : version,
        needs: {
          tokens: tokens[slot] ?? 0,
          images: ((flags[slot] ?? 0) & IMAGES) !== 0,
          tools: ((flags[slot] ?? 0) & TOOLS) !== 0,
        },
      }
    },
  }
}
