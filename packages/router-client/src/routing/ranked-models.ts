import type { WinRateEstimate } from '@winrate/shared-schema/scoring'
import type { Candidate } from './candidate.ts'
import type { RankedCandidate, Ranking } from './ranking.ts'

/** A candidate in its place, with the numbers that put it there. */
export interface RankedModel extends Candidate, WinRateEstimate {
  /** What candidates are ordered by. */
  readonly score: number
  /** 1 for the best. */
  readonly rank: number
}

export function listRankedModels({ ranked }: Ranking): readonly RankedModel[] {
  return ranked.map(describeRanked)
}

export function describeRanked(
  { candidate, estimate, score }: RankedCandidate,
  at: number,
): RankedModel {
  return { ...candidate, ...estimate, score, rank: at + 1 }
}
