// Whom of a ranking a request's options allow, for whatever its messages need: worked out once for each
// case that messages can make, so that the common decision neither filters nor allocates.
import {
  allowedRanking,
  type Constraints,
  constraintsOf,
  leastRefused,
} from '../request/constraints.ts'
import type { Needs } from '../request/message-needs.ts'
import type { RouteOptions } from '../request/route-options.ts'
import type { RankedChoice, Ranking } from './ranking.ts'

/** Who may be chosen; where that is nobody, whom to name all the same. */
export type Allowed =
  | { readonly ranking: Ranking; readonly leastRefused?: never }
  | { readonly leastRefused: RankedChoice; readonly ranking?: never }

export interface Allowance {
  /** Up to so many tokens fit every candidate. */
  readonly fitsAllTokens: number
  allowed(needs: Needs): Allowed
  /** Works out what the common decision needs. */
  prepare(): void
}

const noNeeds: Needs = { tokens: 0, images: false, tools: false }

export interface AllowanceInput {
  readonly ranking: Ranking
  /** Whom to name where the ranking is of nobody. */
  readonly everybody: () => Ranking
  readonly options: RouteOptions
}

/** Candidates of all kept cases together; then all are let go of. */
const RANKED_KEPT = 2_000

export function createAllowance({ ranking, everybody, options }: AllowanceInput): Allowance {
  const named = ranking.ranked.length > 0 ? ranking : everybody()
  const limits = contextLimits(named)
  let cases: Allowed[] = []
  let rankedKept = 0

  function judge(constraints: Constraints): Allowed {
    const allowed = allowedRanking(ranking, constraints)
    if (allowed !== undefined) return { ranking: allowed }
    const least = leastRefused(named, constraints).choice(0)
    return { leastRefused: { ...least, fallbacks: [] } }
  }

  function allowed(needs: Needs): Allowed {
    const able = (needs.images ? 2 : 0) + ((options.tools ?? needs.tools) ? 1 : 0)
    const caseOf = limitsBelow(limits, needs.tokens) * 4 + able
    const known = cases[caseOf]
    if (known !== undefined) return known
    const made = judge(constraintsOf(options, needs))
    rankedKept += 1 + (made.ranking?.ranked.length ?? 0)
    if (rankedKept > RANKED_KEPT) {
      cases = []
      rankedKept = 0
    }
    cases[caseOf] = made
    return made
  }

  return {
    fitsAllTokens: limits[0] ?? Number.POSITIVE_INFINITY,
    allowed,
    prepare() {
      const { ranking: some } = allowed(noNeeds)
      some?.choice(options.risk === 'high' ? 0 : some.draw(0))
    },
  }
}

/** Which numbers of tokens make a difference, in rising order. */
function contextLimits({ ranked }: Ranking): Float64Array {
  const limits = new Set<number>()
  for (const { facts } of ranked) {
    if (facts.contextTokens !== undefined) limits.add(facts.contextTokens)
  }
  return Float64Array.from(limits).sort()
}

function limitsBelow(limits: Float64Array, tokens: number): number {
  let below = 0
  while (below < limits.length && tokens > (limits[below] ?? 0)) below += 1
  return below
}
