import { findDefaultWinRate } from '@winrate/shared-schema/contracts'
import {
  type ConfidenceParameters,
  DEFAULT_WORTH_SAMPLES,
  isLearned,
  type SimilarResult,
  taskSimilarity,
  winRate,
} from '@winrate/shared-schema/scoring'
import type { Candidate } from '../log/candidate.ts'
import type { ExpectedResults } from './expected-results.ts'

export interface SimilarQuestion {
  readonly taskType: string
  readonly candidate: Candidate
  readonly confidence: ConfidenceParameters | undefined
}

/**
 * What a model achieved at similar task types, for the semantic estimate. A task type without any
 * default of its own borrows those of the similar ones.
 */
export function similarResults(
  { learned, defaults }: ExpectedResults,
  { taskType, candidate, confidence }: SimilarQuestion,
): SimilarResult[] {
  const borrows = !Object.hasOwn(defaults, taskType)
  const others = new Set([...learned.taskTypes, ...Object.keys(defaults)])
  return [...others].flatMap((other) => {
    const similarity = other === taskType ? 0 : taskSimilarity(taskType, other)
    if (similarity === 0) return []
    const cell = learned.allLevels(other, candidate)
    if (cell !== undefined && isLearned(cell.samples, confidence)) {
      const { samples, successes } = cell
      return [{ winRate: winRate(successes, samples), samples, similarity }]
    }
    const assumed = findDefaultWinRate(defaults, other, candidate.modelName)
    if (!borrows || assumed === undefined) return []
    return [{ winRate: assumed, samples: DEFAULT_WORTH_SAMPLES, similarity }]
  })
}
