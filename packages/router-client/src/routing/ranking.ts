import {
  callCostFactor,
  costFactor,
  type Preference,
  preferenceScore,
  speedFactor,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { type Candidate, candidateKey } from './candidate.ts'
import type { Estimate } from './estimator.ts'
import type { ModelFacts } from './model-catalogue.ts'

/** A candidate with what it is chosen by. */
export interface RankedCandidate {
  readonly candidate: Candidate
  readonly facts: ModelFacts
  readonly estimate: WinRateEstimate
  readonly score: number
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
}

export interface RankingInput {
  readonly facts: ModelFacts
  readonly thinkingLevel: string | undefined
  readonly lacksLevel: boolean
  readonly estimate: Estimate
}

/** Scores and orders; equal candidates count once. */
export function rankCandidates(
  inputs: readonly RankingInput[],
  preference: Preference | undefined,
): Ranking {
  const distinct = new Map<string, RankedCandidate>()
  for (const input of inputs) {
    const ranked = scoreCandidate(input, preference)
    const key = candidateKey(ranked.candidate)
    if (!distinct.has(key)) distinct.set(key, ranked)
  }
  return createRanking([...distinct.values()].sort(bestFirst))
}

/** Wraps candidates that are in order already. */
export function createRanking(ranked: readonly RankedCandidate[]): Ranking {
  const others: (readonly Candidate[])[] = []
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
  }
}

function scoreCandidate(
  { facts, thinkingLevel, lacksLevel, estimate }: RankingInput,
  preference: Preference | undefined,
): RankedCandidate {
  const { provider, model, modelName, usdPerMTokens } = facts
  const candidate: Candidate = Object.freeze({
    provider,
    model,
    modelName,
    ...(thinkingLevel === undefined ? {} : { thinkingLevel }),
  })
  const score = preferenceScore(
    {
      winRate: estimate.winRate.winRate,
      // List prices compare like with like; measured costs serve for models that have none.
      cost:
        usdPerMTokens === undefined ? callCostFactor(estimate.costUsd) : costFactor(usdPerMTokens),
      speed: speedFactor(estimate.responseTimeMs),
    },
    preference,
  )
  return { candidate, facts, estimate: estimate.winRate, score, lacksLevel }
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
