import {
  firstChances,
  type Preference,
  preferenceOffset,
  preferenceScore,
  thompsonChances,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'
import { type Candidate, candidateKey } from './candidate.ts'
import type { Expectation } from './expectations.ts'
import type { ModelFacts } from './model-catalogue.ts'
import type { TaskPolicy } from './task-policy.ts'

/** A candidate with what it is chosen by. */
export interface RankedCandidate {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  readonly estimate: WinRateEstimate
  /** Under policy `thompson`: what the posterior expects. */
  readonly expectation: Expectation | undefined
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined where only they count. */
  readonly offset: number | undefined
  /** The wanted thinking level is one that this model does not have. */
  readonly lacksLevel: boolean
}

/** Candidates, best first, with what the common decision needs worked out beforehand. */
export interface Ranking {
  readonly ranked: readonly RankedCandidate[]
  /** A request below this many tokens fits every candidate. */
  readonly fitsAllTokens: number
  /** Every candidate takes images, tools and the thinking level that was asked for. */
  readonly ableToAll: boolean
  /** The others than the candidate at `chosen`, best first; made once. */
  othersThan(chosen: number): readonly Candidate[]
  /** The chance of each candidate to be chosen, in order; made once. */
  chances(): Float64Array
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

/** Scores and orders; equal candidates count once. */
export function rankCandidates(
  inputs: readonly RankingInput[],
  preference: Preference | undefined,
  policy: TaskPolicy,
): Ranking {
  const distinct = new Map<string, RankedCandidate>()
  for (const input of inputs) {
    const key = candidateKey(input.candidate)
    if (!distinct.has(key)) distinct.set(key, scoreCandidate(input, preference))
  }
  return createRanking([...distinct.values()].sort(bestFirst), policy)
}

/** Subsets that are kept of one ranking, by their candidates' number. */
const SUBSETS_KEPT = 1_000

/** Wraps candidates that are in order already. */
function createRanking(ranked: readonly RankedCandidate[], policy: TaskPolicy): Ranking {
  const others: (readonly Candidate[])[] = []
  const subsets = new BoundedMap<string, Ranking>(SUBSETS_KEPT, (subset) => subset.ranked.length)
  let chances: Float64Array | undefined
  return {
    ranked,
    fitsAllTokens: ranked.reduce(
      (least, { facts }) => Math.min(least, facts.contextTokens ?? Infinity),
      Infinity,
    ),
    ableToAll: ranked.every(
      ({ facts, lacksLevel }) => facts.images !== false && facts.tools !== false && !lacksLevel,
    ),
    othersThan(chosen) {
      const made =
        others[chosen] ??
        Object.freeze(ranked.filter((_, at) => at !== chosen).map(({ candidate }) => candidate))
      others[chosen] = made
      return made
    },
    chances() {
      chances ??= chancesOf(ranked, policy)
      return chances
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

function chancesOf(
  ranked: readonly RankedCandidate[],
  { kind, exploration }: TaskPolicy,
): Float64Array {
  if (kind === 'threshold') return firstChances(ranked.length, exploration)
  const contenders = ranked.flatMap(({ expectation, offset }) =>
    expectation === undefined || offset === undefined
      ? []
      : [{ reward: expectation.distribution(), offset }],
  )
  // Where the win rate has no weight nothing is uncertain.
  return contenders.length < ranked.length
    ? firstChances(ranked.length, exploration)
    : thompsonChances(contenders, exploration)
}

function scoreCandidate(
  { candidate, facts, lacksLevel, estimate, expectation, factors }: RankingInput,
  preference: Preference | undefined,
): RankedCandidate {
  const winRate = expectation?.mean ?? estimate.winRate
  return {
    candidate,
    facts,
    estimate,
    expectation,
    score: preferenceScore({ winRate, ...factors }, preference),
    offset: preferenceOffset(factors, preference),
    lacksLevel,
  }
}

/** By score, then win rate, then samples, then names by code unit: a total order. */
function bestFirst(one: RankedCandidate, other: RankedCandidate): number {
  return (
    other.score - one.score ||
    other.estimate.winRate - one.estimate.winRate ||
    other.estimate.samples - one.estimate.samples ||
    byCodeUnit(one.candidate.modelName, other.candidate.modelName) ||
    byCodeUnit(one.candidate.provider, other.candidate.provider) ||
    byCodeUnit(one.candidate.thinkingLevel ?? '', other.candidate.thinkingLevel ?? '')
  )
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
