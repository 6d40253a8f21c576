import type { WinRateEstimate } from '@winrate/shared-schema/scoring'
import type { Candidate } from '../table/candidate.ts'
import type { RankedCandidate, Ranking } from './ranking.ts'

/** A candidate in its place, with the numbers that put it there. */
export interface RankedModel extends Candidate, WinRateEstimate {
  /** What candidates are ordered by, 0 to 1: as in a decision. */
  readonly score: number
  /** Probability of being chosen, 0 to 1: among all candidates, in an explanation among the allowed ones. */
  readonly chance: number
  /** Under policy `thompson`: the reward that the posterior expects, 0 to 1. */
  readonly expectedReward?: number
  /** 1 for the best. */
  readonly rank: number
}

export function listRankedModels(ranking: Ranking): readonly RankedModel[] {
  const chances = ranking.chances()
  return ranking.ranked.map((ranked, at) => describeRanked(ranked, at, chances[at] ?? 0))
}

export function describeRanked(
  { candidate, estimate, expectation, score }: RankedCandidate,
  at: number,
  chance: number,
): RankedModel {
  return {
    ...candidate,
    ...estimate,
    ...(expectation === undefined ? {} : { expectedReward: expectation.mean }),
    score,
    rank: at + 1,
    chance,
  }
}
