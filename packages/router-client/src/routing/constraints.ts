import type { MessageNeeds } from './message-needs.ts'
import { createRanking, type RankedCandidate, type Ranking } from './ranking.ts'
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

export function constraintsOf(options: RouteOptions, needs: MessageNeeds): Constraints {
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
  if (ranking.ranked.length === 0) return undefined
  if (allowsAll(ranking, constraints)) return ranking
  const allowed = ranking.ranked.filter((ranked) => refusalOf(ranked, constraints) === undefined)
  if (allowed.length === ranking.ranked.length) return ranking
  return allowed.length === 0 ? undefined : createRanking(allowed)
}

/** Why `ranked` is not allowed; undefined when it is. */
export function refusalOf(
  { candidate, facts, lacksLevel }: RankedCandidate,
  { exclude, maxCostUsdPerMTokens, tokens, images, tools }: Constraints,
): Refusal | undefined {
  if (exclude.some((exclusion) => isExcluded(candidate, exclusion))) return 'excluded'
  if (
    maxCostUsdPerMTokens !== undefined &&
    !(facts.usdPerMTokens !== undefined && facts.usdPerMTokens <= maxCostUsdPerMTokens)
  ) {
    return 'too-expensive'
  }
  if (lacksLevel) return 'lacks-thinking-level'
  if (facts.contextTokens !== undefined && tokens > facts.contextTokens) return 'context-too-small'
  if (images && facts.images === false) return 'takes-no-images'
  if (tools && facts.tools === false) return 'calls-no-tools'
  return undefined
}

function allowsAll(ranking: Ranking, constraints: Constraints): boolean {
  return (
    constraints.exclude.length === 0 &&
    constraints.maxCostUsdPerMTokens === undefined &&
    ranking.ableToAll &&
    constraints.tokens <= ranking.fitsAllTokens
  )
}

function isExcluded(candidate: RankedCandidate['candidate'], exclusion: Exclusion): boolean {
  const { provider, model } =
    typeof exclusion === 'string' ? { provider: undefined, model: exclusion } : exclusion
  return (
    (provider === undefined || provider === candidate.provider) &&
    (model === undefined || model === candidate.modelName || model === candidate.model)
  )
}
