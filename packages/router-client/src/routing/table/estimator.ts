import { type DefaultWinRates, findDefaultWinRate } from '@winrate/shared-schema/contracts'
import {
  type ConfidenceParameters,
  DEFAULT_WORTH_SAMPLES,
  isLearned,
  type SimilarResult,
  thresholdRule,
  type WinRateEstimate,
  winRate,
} from '@winrate/shared-schema/scoring'
import type { LearnedCells, LearnedResult, ModelQuestion } from './learned-cells.ts'
import type { Similarity } from './similarity.ts'

/** What a model is expected to do at a kind of work. */
export interface Estimate {
  readonly winRate: WinRateEstimate
  /** Mean response time: at this task type where there is one, else at any. */
  readonly responseTimeMs: number | undefined
  /** Mean cost of a call in US dollars: at this task type where there is one, else at any. */
  readonly costUsd: number | undefined
}

export interface EstimatorInput {
  readonly cells: LearnedCells
  readonly defaults: DefaultWinRates
  readonly similarity: Similarity
  readonly confidence: ConfidenceParameters | undefined
}

export interface EstimateQuestion extends ModelQuestion {
  /** Without a thinking level: only the calls without one, where they are enough to tell. */
  readonly levelsApart?: boolean
}

export type Estimator = (taskType: string, question: EstimateQuestion) => Estimate

/**
 * Estimates by the threshold rule. A thinking level has numbers of its own once they are learned;
 * until then the model's numbers over all levels count. A task type without any default of its own
 * borrows the defaults of the task types that are similar to it, at the worth of a default.
 */
export function createEstimator({
  cells,
  defaults,
  similarity,
  confidence,
}: EstimatorInput): Estimator {
  const knownTaskTypes = [...new Set([...cells.taskTypes, ...Object.keys(defaults)])]

  function learnedAt(taskType: string, question: EstimateQuestion): LearnedResult {
    if (question.thinkingLevel !== undefined || question.levelsApart === true) {
      const atLevel = cells.exactly(taskType, question)
      if (isLearned(atLevel.samples, confidence)) return atLevel
    }
    return cells.sum(taskType, { ...question, thinkingLevel: undefined })
  }

  function similarResults(taskType: string, question: EstimateQuestion): SimilarResult[] {
    const borrowsDefaults = !Object.hasOwn(defaults, taskType)
    return knownTaskTypes.flatMap((other) => {
      const alike = other === taskType ? 0 : similarity(taskType, other)
      if (alike === 0) return []
      const { samples, successes } = learnedAt(other, question)
      if (isLearned(samples, confidence)) {
        return [{ winRate: winRate(successes, samples), samples, similarity: alike }]
      }
      const assumed = findDefaultWinRate(defaults, other, question.modelName)
      if (!borrowsDefaults || assumed === undefined) return []
      return [{ winRate: assumed, samples: DEFAULT_WORTH_SAMPLES, similarity: alike }]
    })
  }

  function anywhere(question: EstimateQuestion, measure: (result: LearnedResult) => Measured) {
    let weight = 0
    let weighted = 0
    for (const taskType of cells.taskTypes) {
      const result = learnedAt(taskType, question)
      const value = measure(result)
      if (value === undefined) continue
      weight += result.samples
      weighted += result.samples * value
    }
    return weight > 0 ? weighted / weight : undefined
  }

  return (taskType, question) => {
    const own = learnedAt(taskType, question)
    const learned = isLearned(own.samples, confidence)
    return {
      winRate: thresholdRule({
        successes: own.successes,
        samples: own.samples,
        similarResults: learned ? [] : similarResults(taskType, question),
        defaultWinRate: findDefaultWinRate(defaults, taskType, question.modelName),
        ...(confidence === undefined ? {} : { parameters: confidence }),
      }),
      responseTimeMs: own.responseTimeMs ?? anywhere(question, (result) => result.responseTimeMs),
      costUsd: own.costUsd ?? anywhere(question, (result) => result.costUsd),
    }
  }
}

type Measured = number | undefined
