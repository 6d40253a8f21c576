// Rankings of the questions that a table is asked, kept as long as they hold: own outcomes of others than
// its candidates leave a ranking as it is.
import type { TaskPolicy } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { type RankingQuestion, rankingKey } from '../request/ranking-question.ts'
import type { CandidateInput } from '../table/candidate.ts'
import type { CandidatePool, PooledCandidates } from '../table/candidate-pool.ts'
import { type RankedCandidate, type Ranking, rankCandidates } from './ranking.ts'

export interface RankingsInput {
  readonly poolOf: (question: RankingQuestion) => CandidatePool
  readonly policyOf: (taskType: string) => TaskPolicy
  /** The candidates of questions that name none. */
  readonly models: readonly CandidateInput[]
  /** Grows whenever what is known of a task type's own outcomes changes. */
  readonly revision: (taskType: string) => number
}

/** Candidates of all kept rankings together. */
const RANKED_KEPT = 50_000

/** A ranking of candidates as they were scored at a revision. */
interface KeptRanking {
  readonly candidates: PooledCandidates
  readonly scored: readonly RankedCandidate[]
  readonly ranking: Ranking
  revision: number
}

export function createRankings(input: RankingsInput): (question: RankingQuestion) => Ranking {
  const { poolOf, policyOf, models, revision: revisionOf } = input
  const rankings = new BoundedMap<string, KeptRanking>(
    RANKED_KEPT,
    ({ ranking }) => 1 + ranking.ranked.length,
  )

  return (question) => {
    const { taskType } = question
    const key = rankingKey(question)
    const revision = revisionOf(taskType)
    const known = rankings.get(key)
    if (known?.revision === revision) return known.ranking
    const candidates = known?.candidates ?? poolOf(question).gather(question.candidates ?? models)
    const scored = candidates.scored(revision)
    if (known?.scored === scored) {
      known.revision = revision
      return known.ranking
    }
    const ranking = rankCandidates(scored, policyOf(taskType))
    rankings.set(key, { candidates, scored, ranking, revision })
    return ranking
  }
}
