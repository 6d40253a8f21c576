import {
  bestFirst,
  type Expectation,
  type Preference,
  rate,
  type TaskPolicy,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { Candidate } from '../table/candidate.ts'
import type { ModelFacts } from '../table/model-catalogue.ts'
import { createDraw, type Draw } from './draw.ts'

/** A candidate with what it is chosen by. */
export interface RankedCandidate {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  readonly estimate: WinRateEstimate
  /** What the posterior expects, under a policy that chooses by posteriors. */
  readonly expectation: Expectation | undefined
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined where only they count. */
  readonly offset: number | undefined
  /** The wanted thinking level is one that this model does not have. */
  readonly lacksLevel: boolean
}

/** A candidate as a decision names it. */
export interface RankedChoice {
  readonly candidate: Candidate
  readonly estimate: WinRateEstimate
  readonly score: number
  /** The other candidates, best first. */
  readonly fallbacks: readonly Candidate[]
}

/** Candidates, best first, with what the common decision needs worked out beforehand. */
export interface Ranking {
  readonly ranked: readonly RankedCandidate[]
  /** What a decision for the candidate at `place` names; made once. */
  choice(place: number): RankedChoice
  /** The chance of each candidate to be chosen, in order; made once. */
  chances(): Float64Array
  /** The place of the candidate that a number, uniform in [0, 1), falls on. */
  draw(uniform: number): number
  /** The ranking of some of the candidates, given in order; the common ones are kept. */
  only(some: readonly RankedCandidate[]): Ranking
}

export interface RankingInput {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  readonly lacksLevel: boolean
  readonly estimate: WinRateEstimate
  readonly expectation: Expectation | undefined
  /** Cheapness and quickness, 0 to 1. */
  readonly factors: { readonly cost: number; readonly speed: number }
}

/** Puts distinct candidates in order. */
export function rankCandidates(
  candidates: readonly RankedCandidate[],
  policy: TaskPolicy,
): Ranking {
  return createRanking([...candidates].sort(bestFirst), policy)
}

/** Subsets that are kept of one ranking, by their candidates' number. */
const SUBSETS_KEPT = 1_000

/** Wraps candidates that are in order already. */
function createRanking(ranked: readonly RankedCandidate[], policy: TaskPolicy): Ranking {
  const choices: RankedChoice[] = []
  const subsets = new BoundedMap<string, Ranking>(SUBSETS_KEPT, (subset) => subset.ranked.length)
  let chances: Float64Array | undefined
  let drawOf: Draw | undefined
  const chancesOnce = () => {
    chances ??= policy.chances(ranked)
    return chances
  }
  return {
    ranked,
    choice(place) {
      const made = choices[place] ?? makeChoice(ranked, place)
      choices[place] = made
      return made
    },
    chances: chancesOnce,
    draw(uniform) {
      drawOf ??= createDraw(chancesOnce())
      return drawOf(uniform)
    },
    only(some) {
      const wanted = new Set(some)
      const key = ranked.map((candidate) => (wanted.has(candidate) ? '1' : '0')).join('')
      const known = subsets.get(key)
      if (known !== undefined) return known
      const subset = createRanking(some, policy)
      subsets.set(key, subset)
      return subset
    },
  }
}

function makeChoice(ranked: readonly RankedCandidate[], place: number): RankedChoice {
  const chosen = ranked[place]
  if (chosen === undefined) throw new Error('no candidate at all')
  const { candidate, estimate, score } = chosen
  const others = ranked.filter((_, at) => at !== place)
  // Decisions share it.
  const fallbacks = Object.freeze(others.map((other) => other.candidate))
  return { candidate, estimate, score, fallbacks }
}

export function scoreCandidate(
  input: RankingInput,
  preference: Preference | undefined,
): RankedCandidate {
  const { candidate, facts, lacksLevel, estimate, expectation } = input
  return { candidate, facts, lacksLevel, estimate, expectation, ...rate(input, preference) }
}
