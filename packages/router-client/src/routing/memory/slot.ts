// The fields of a decision in memory.
import type { MadeDecision } from './decision.ts'

/**
 * A decision in the ring, field by field. Later decisions reuse it: an object for each decision would outlive
 * garbage collections, which then cost as much as the decision itself.
 */
export class Slot {
  /** What its outcome counts as: nothing where nobody drew it. */
  state: 'undrawn' | 'open' | 'unanswered' | 'answered' = 'undrawn'
  /** The first part of the id; undefined while nothing is kept here. */
  head: string | undefined
  /** How many of its calls are under way: a turn may make several at once. */
  calls = 0
  weight = 0
  decidedMs = 0
  request: MadeDecision['request'] | undefined
  choice: MadeDecision['choice'] | undefined
  reason: MadeDecision['reason'] = 'best'
  propensity = 1
  snapshotVersion: number | undefined
  session: string | undefined
  context: string | undefined
  plan: MadeDecision['plan']
  arm: MadeDecision['arm']
  observed: MadeDecision['observed']
  tokens = 0
  bytes = 0
  images = false
  tools = false
  messages: unknown
  messageCount = 0
  /** What its messages count as in the bound on them. */
  messageBytes = 0
}

export function store(slot: Slot, made: MadeDecision, added: number): void {
  slot.weight = added
  slot.request = made.request
  slot.choice = made.choice
  slot.reason = made.reason
  slot.propensity = made.propensity
  slot.state = made.propensity < 1 ? 'open' : 'undrawn'
  slot.snapshotVersion = made.snapshotVersion
  slot.session = made.session
  slot.context = made.context
  slot.plan = made.plan
  slot.arm = made.arm
  slot.observed = made.observed
  slot.tokens = made.needs.tokens
  slot.bytes = made.needs.bytes
  slot.images = made.needs.images
  slot.tools = made.needs.tools
}

export function clear(slot: Slot): void {
  slot.head = undefined
  slot.request = undefined
  slot.choice = undefined
  slot.session = undefined
  slot.context = undefined
  slot.plan = undefined
  slot.arm = undefined
  slot.observed = undefined
}

export function read(slot: Slot): MadeDecision | undefined {
  const { request, choice, reason, propensity, snapshotVersion, session, context, plan, arm } = slot
  if (request === undefined || choice === undefined) return undefined
  const { observed, tokens, bytes, images, tools } = slot
  const needs = { tokens, bytes, images, tools }
  return {
    ...{ request, choice, reason, propensity, snapshotVersion, session, context, plan, arm },
    ...{ observed, needs },
  }
}
