import type { RankedCandidate, Ranking } from '../choice/ranking.ts'
import type { Needs } from './message-needs.ts'
import type { Exclusion, RouteOptions } from './route-options.ts'

/** Why a candidate is not allowed for a request. */
export type Refusal =
  | 'excluded'
  | 'too-expensive'
  | 'lacks-thinking-level'
  | 'context-too-small'
  | 'takes-no-images'
  | 'calls-no-tools'

/** What a request asks of its candidates. */
export interface Constraints {
  readonly exclude: readonly Exclusion[]
  readonly maxCostUsdPerMTokens: number | undefined
  readonly tokens: number
  readonly images: boolean
  readonly tools: boolean
}

export function constraintsOf(options: RouteOptions, needs: Needs): Constraints {
  return {
    exclude: options.exclude ?? [],
    maxCostUsdPerMTokens: options.maxCostUsdPerMTokens,
    tokens: needs.tokens,
    images: needs.images,
    tools: options.tools ?? needs.tools,
  }
}

/**
 * The ranking of the candidates that are allowed: the same object when all are, undefined when none
 * is. Everything that forbids a candidate is here; nothing after the choice overrides it.
 */
export function allowedRanking(ranking: Ranking, constraints: Constraints): Ranking | undefined {
  const allowed = ranking.ranked.filter((ranked) => refusalsOf(ranked, constraints).length === 0)
  if (allowed.length === 0) return undefined
  return allowed.length === ranking.ranked.length ? ranking : ranking.only(allowed)
}

/**
 * Of candidates that are all refused, those that miss the fewest constraints, best first. One that the
 * caller excludes is among them only if all are excluded.
 */
export function leastRefused(ranking: Ranking, constraints: Constraints): Ranking {
  const misses = ranking.ranked.map((ranked) => {
    const refusals = refusalsOf(ranked, constraints)
    return refusals.length + (refusals[0] === 'excluded' ? MORE_THAN_ALL_OTHERS : 0)
  })
  const fewest = misses.reduce((least, count) => Math.min(least, count), Infinity)
  return ranking.only(ranking.ranked.filter((_, at) => misses[at] === fewest))
}

const MORE_THAN_ALL_OTHERS = 10

/** Why `ranked` is not allowed, the weightiest first; empty when it is. */
export function refusalsOf(
  { candidate, facts, lacksLevel }: RankedCandidate,
  { exclude, maxCostUsdPerMTokens, tokens, images, tools }: Constraints,
): readonly Refusal[] {
  const refusals: Refusal[] = []
  if (exclude.some((exclusion) => isExcluded(candidate, exclusion))) refusals.push('excluded')
  if (
    maxCostUsdPerMTokens !== undefined &&
    !(facts.usdPerMTokens !== undefined && facts.usdPerMTokens <= maxCostUsdPerMTokens)
  ) {
    refusals.push('too-expensive')
  }
  if (lacksLevel) refusals.push('lacks-thinking-level')
  if (facts.contextTokens !== undefined && tokens > facts.contextTokens) {
    refusals.push('context-too-small')
  }
  if (images && facts.images === false) refusals.push('takes-no-images')
  if (tools && facts.tools === false) refusals.push('calls-no-tools')
  return refusals
}

function isExcluded(candidate: RankedCandidate['candidate'], exclusion: Exclusion): boolean {
  const { provider, model } =
    typeof exclusion === 'string' ? { provider: undefined, model: exclusion } : exclusion
  return (
    (provider === undefined || provider === candidate.provider) &&
    (model === undefined || model === candidate.modelName || model === candidate.model)
  )
}
