// Which candidates a request allows. Every rule that refuses a candidate is here, and nothing after the choice
// overrides it.
import type { Needs } from '../request/message-needs.ts'
import type { ExcludedModels, RequestOptions } from '../request/request.ts'
import type { Candidate, KnownCandidate } from '../table/candidate.ts'

/** Why a candidate is not allowed for a request. */
export type Refusal =
  | 'excluded'
  | 'too-expensive'
  | 'lacks-thinking-level'
  | 'context-too-small'
  | 'takes-no-images'
  | 'calls-no-tools'

const MORE_THAN_ALL_OTHERS = 10

/** Why a candidate is not allowed, the weightiest reason first; empty when it is. */
export function refusalsOf(
  { candidate, facts, lacksLevel }: KnownCandidate,
  { exclude = [], maxCostUsdPerMTokens: limit, tools = undefined }: RequestOptions,
  needs: Needs,
): readonly Refusal[] {
  const refusals: Refusal[] = []
  if (exclude.some((models) => isExcluded(candidate, models))) refusals.push('excluded')
  if (limit !== undefined && !(facts.usdPerMTokens !== undefined && facts.usdPerMTokens <= limit)) {
    refusals.push('too-expensive')
  }
  if (lacksLevel) refusals.push('lacks-thinking-level')
  if (facts.contextTokens !== undefined && needs.tokens > facts.contextTokens) {
    refusals.push('context-too-small')
  }
  if (needs.images && facts.images === false) refusals.push('takes-no-images')
  if ((tools ?? needs.tools) && facts.tools === false) refusals.push('calls-no-tools')
  return refusals
}

/** How far a candidate is from being allowed: an exclusion counts more than all other refusals. */
export function missedBy(refusals: readonly Refusal[]): number {
  return refusals.length + (refusals[0] === 'excluded' ? MORE_THAN_ALL_OTHERS : 0)
}

function isExcluded(candidate: Candidate, { provider, model }: ExcludedModels): boolean {
  return (
    (provider === undefined || provider === candidate.provider) &&
    (model === undefined || model === candidate.modelName || model === candidate.model)
  )
}
