// The model that an outcome counts for.
import {
  makerOf,
  plainProvider,
  sameProvider,
  UNKNOWN_PROVIDER,
  undecorate,
  writeModelText,
} from '@winrate/shared-schema/contracts'
import type { MadeDecision } from '../../routing/memory/decision.ts'
import { type Candidate, noModel } from '../../routing/table/candidate.ts'
import type { TableInUse } from '../../routing/table/table-in-use.ts'

/** What a caller says of the call. */
export interface Names {
  readonly taskType: unknown
  readonly model: unknown
  readonly provider: string | undefined
  /** Null: the call was without one. */
  readonly thinkingLevel: string | null | undefined
}

export interface CreditedModel {
  readonly modelName: unknown
  readonly model?: string
  readonly provider: unknown
  readonly thinkingLevel?: unknown
  readonly propensity?: number | undefined
  /** The name of the model that answered in its place. */
  readonly answeredBy?: unknown
  /** What the router would have chosen, of a decision that was only observed. */
  readonly wouldChoose?: string | undefined
}

/**
 * The model that the outcome counts for. A caller that took a fallback names it: then it is credited, and
 * not with the propensity of the decision, which is another model's. A name that fits the decision means
 * the model of the decision, so it needs no provider beside it. Any other name at the same provider is who
 * answered the decided call: the provider redirected it, and the choice bears what calling it costs and achieves.
 */
export function creditedModel(
  { taskType, model: name, provider, thinkingLevel }: Names,
  decision: MadeDecision | undefined,
  table: TableInUse,
): CreditedModel | undefined {
  if (decision !== undefined && decision.choice.candidate !== noModel) {
    const { choice, observed } = decision
    const { wouldChoose } = observed ?? {}
    const decided = {
      ...choice.candidate,
      // Of what was observed nothing was drawn.
      propensity: observed === undefined ? decision.propensity : undefined,
      wouldChoose: wouldChoose && writeModelText(wouldChoose),
    }
    const named = typeof name === 'string' ? table.current.resolve(name).modelName : name
    const fits = (candidate: Candidate) =>
      (name === undefined || name === candidate.model || named === candidate.modelName) &&
      (provider === undefined || isProvider(provider, candidate.provider)) &&
      (thinkingLevel === undefined || thinkingLevel === (candidate.thinkingLevel ?? null))
    if (fits(choice.candidate)) return decided
    const fitting = choice.fallbacks.filter(fits)
    // When no level is named, the fallback without a level is meant.
    const fallback = fitting.find((each) => each.thinkingLevel === undefined) ?? fitting[0]
    if (fallback !== undefined) return fallback
    const isOwnCall = taskType !== undefined || typeof thinkingLevel === 'string'
    if (typeof name === 'string' && !isOwnCall) {
      const { provider: known } = table.current.resolve(name, provider)
      const answerer = known === UNKNOWN_PROVIDER ? (makerOf(undecorate(name)) ?? known) : known
      const { api, provider: called } = choice.candidate
      if (sameProvider(answerer, called) || sameProvider(answerer, api)) {
        return { ...decided, answeredBy: name }
      }
    }
  }
  const described = name ?? (decision?.choice.candidate.model || undefined)
  if (described === undefined) return undefined
  if (typeof described !== 'string') {
    return { modelName: described, provider, thinkingLevel }
  }
  const known = table.current.resolve(described, provider)
  return { modelName: known.modelName, provider: known.provider, thinkingLevel }
}

function isProvider(given: unknown, provider: string): boolean {
  return typeof given === 'string' && plainProvider(given) === plainProvider(provider)
}
