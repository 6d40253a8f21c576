// What the calls of one turn have in common: one decision, the model that answered, and what its calls have used so far.
import { failureKind, uuidV7 } from '@winrate/shared-schema/contracts'
import { type ListPrices, listCostUsd, type TokenUsage } from '@winrate/shared-schema/scoring'
import type { DecisionOutcome } from '../outcomes/record/outcome.ts'
import { readUsage } from '../outcomes/record/read-usage.ts'
import type { Decision } from '../routing/memory/decision.ts'
import { type Candidate, isSameCandidate } from '../routing/table/candidate.ts'

/** What a call used, and what it cost where that is known. */
export interface Spent {
  readonly tokens: TokenUsage
  readonly costUsd: number | undefined
}

/** Undefined for usage that cannot be read: recording it says why. */
export function readSpent(usage: object, prices: ListPrices = {}): Spent | undefined {
  try {
    const { costUsd, ...tokens } = readUsage(usage, [])
    return { tokens, costUsd: costUsd ?? listCostUsd(tokens, prices) }
  } catch {
    return undefined
  }
}

/** How one call of an attempt went, as far as it adds up. */
interface Part {
  readonly responseTimeMs: number | undefined
  readonly spent: Spent | undefined
}

/** A candidate that was called. */
interface Tried {
  readonly candidate: Candidate
  /** Those whose answers had failed when it was first called. */
  readonly failed: readonly Candidate[]
  readonly parts: Map<object, Part>
}

export class Turn {
  decision: Decision | undefined
  /** Only this one is called any more: what a model has reasoned means nothing to another one. */
  answered: Candidate | undefined
  /** Those whose answers have failed, in their order. */
  readonly failed: Candidate[] = []
  readonly #tried: Tried[] = []

  /** Whom to try: who answered; else those who were not tried yet; else all again, as the caller has waited. */
  choose(candidates: readonly Candidate[]): Candidate[] {
    if (this.answered !== undefined) return [this.answered]
    const untried = candidates.filter((candidate) => this.#place(candidate) < 0)
    return untried.length > 0 ? untried : [...candidates]
  }

  /** The failed ones that are not to be called again. */
  failedBesides(open: readonly Candidate[]): Candidate[] {
    return this.failed.filter((failed) => !open.some((one) => isSameCandidate(one, failed)))
  }

  /** What had failed when a candidate was first called; undefined where it was not. */
  failedBefore(candidate: Candidate): readonly Candidate[] | undefined {
    return this.#tried[this.#place(candidate)]?.failed
  }

  /** The number of a candidate's attempt, from 1. Another call of the same candidate is the same attempt. */
  attemptOf({ candidate, failed }: Omit<Tried, 'parts'>): number {
    const place = this.#place(candidate)
    return place < 0 ? this.#tried.push({ candidate, failed, parts: new Map() }) : place + 1
  }

  /**
   * What to record of a call, so that all calls of its attempt are one outcome with their sums. What kept a later call from
   * an answer becomes an outcome of its own: it must not take the place of what was answered before.
   *
   * @param call Names the call.
   */
  outcomeOf(
    call: object,
    attempt: number,
    told: DecisionOutcome,
    { nowMs, spent }: { readonly nowMs: number; readonly spent: Spent | undefined },
  ): DecisionOutcome {
    const parts = this.#tried[attempt - 1]?.parts ?? new Map<object, Part>()
    const isFirst = parts.size === 0 || (parts.size === 1 && parts.has(call))
    // The decision may have been forgotten meanwhile.
    const outcome = isFirst ? told : { ...told, taskType: this.decision?.taskType }
    if (told.failure !== undefined && failureKind(String(told.failure)) !== 'quality') {
      return isFirst ? outcome : { ...outcome, outcomeId: uuidV7(nowMs) }
    }
    const known = parts.get(call)
    parts.set(call, {
      responseTimeMs: told.responseTimeMs ?? known?.responseTimeMs,
      spent: spent ?? known?.spent,
    })
    if (isFirst) return outcome
    const { responseTimeMs, spent: all } = [...parts.values()].reduce(add)
    return { ...outcome, responseTimeMs, usage: all?.tokens, costUsd: all?.costUsd }
  }

  #place(candidate: Candidate): number {
    return this.#tried.findIndex((one) => isSameCandidate(one.candidate, candidate))
  }
}

/** What one of both does not tell is not known of both. */
function add(one: Part, other: Part): Part {
  return {
    responseTimeMs: both(one.responseTimeMs, other.responseTimeMs),
    spent: one.spent &&
      other.spent && {
        tokens: addTokens(one.spent.tokens, other.spent.tokens),
        costUsd: both(one.spent.costUsd, other.spent.costUsd),
      },
  }
}

function addTokens(one: TokenUsage, other: TokenUsage): TokenUsage {
  return {
    inputTokens: both(one.inputTokens, other.inputTokens),
    cacheReadTokens: either(one.cacheReadTokens, other.cacheReadTokens),
    cacheWriteTokens: either(one.cacheWriteTokens, other.cacheWriteTokens),
    outputTokens: both(one.outputTokens, other.outputTokens),
    reasoningTokens: either(one.reasoningTokens, other.reasoningTokens),
  }
}

function both(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other
}

/** Providers leave out what is none. */
function either(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0)
}
