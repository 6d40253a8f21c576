// What a model is known to do: its win rate by the threshold rule, its response time and its cost.
import {
  type DefaultLayers,
  findDefaultWinRate,
  hasDefaults,
} from '../../contracts/catalogue/catalogue.ts'
import type { ModelLevel } from '../../contracts/names/cell-name.ts'
import { findUpwards, parentTask, rootTask } from '../../contracts/names/task-type.ts'
import type { ConfidenceParameters } from '../estimates/threshold-rule.ts'
import {
  DEFAULT_WORTH_SAMPLES,
  isLearned,
  type SimilarResult,
  thresholdRule,
  type WinRateEstimate,
  winRate,
} from '../estimates/threshold-rule.ts'
import type { Borrowing } from './borrowing.ts'
import {
  type LearnedSums,
  type LearnedTable,
  sumLevel,
  sumLevels,
  typicalBySamples,
} from './learned-table.ts'

/** What decisions rest on. */
export interface Knowledge {
  readonly table: LearnedTable
  readonly defaults: DefaultLayers
  readonly borrowsFrom: Borrowing
  /** How alike two task types are, 0 to 1. */
  readonly similarity: (one: string, other: string) => number
  readonly confidence?: ConfidenceParameters | undefined
  /** How many times the cost of a call at one task type a call at another one usually costs; 1 where that is not known. */
  readonly costRatio?: (from: string, to: string) => number
  /** Share of its mass that evidence counts with, 0 to 1: below 1 in a stale snapshot. */
  readonly evidenceShare?: number
  /** Paths at which models compare otherwise than in their parents, as far as the worker can tell. Default: none. */
  readonly splits?: ReadonlySet<string>
}

export interface Estimate {
  readonly winRate: WinRateEstimate
  /** Typical response time: at this task type where there is one, else at any. */
  readonly responseTimeMs: number | undefined
  /** Typical cost of a call in US dollars: at this task type where there is one, else what others lead to expect. */
  readonly costUsd: number | undefined
}

/**
 * Estimates by the threshold rule. A thinking level has numbers of its own once they are learned; until
 * then the model's numbers over all levels count, and for a path those of its parent. A task type without any default of its own borrows the
 * defaults of similar task types, each as one of 20 outcomes.
 */
export function createEstimator(knowledge: Knowledge) {
  const { table, defaults, borrowsFrom, similarity, confidence, costRatio } = knowledge

  function learnedHere(taskType: string, model: ModelLevel, levelsApart: boolean): LearnedSums {
    if (model.thinkingLevel !== undefined || levelsApart) {
      const atLevel = sumLevel(table, taskType, model)
      if (isLearned(atLevel.samples, confidence)) return atLevel
    }
    return sumLevels(table, taskType, model)
  }

  function learnedAt(taskType: string, model: ModelLevel, levelsApart: boolean): LearnedSums {
    const here = learnedHere(taskType, model, levelsApart)
    const parent = parentTask(taskType)
    return parent === undefined || isLearned(here.samples, confidence)
      ? here
      : learnedAt(parent, model, levelsApart)
  }

  /** The other task types that tell of a model, those of the same first segment included. */
  function othersOf(taskType: string, modelName: string): readonly string[] {
    const paths = table.pathsOf(rootTask(taskType), modelName)
    const others = borrowsFrom(taskType, modelName)
    return paths.length === 0 ? others : [...others, ...paths.filter((path) => path !== taskType)]
  }

  function similarResults(
    taskType: string,
    model: ModelLevel,
    levelsApart: boolean,
  ): SimilarResult[] {
    const borrowsDefaults = !hasDefaults(defaults, taskType)
    return othersOf(taskType, model.modelName).flatMap((other) => {
      const alike = similarity(taskType, other)
      if (alike === 0) return []
      const { samples, successes } = learnedHere(other, model, levelsApart)
      if (isLearned(samples, confidence)) {
        return [{ winRate: winRate(successes, samples), samples, similarity: alike }]
      }
      const assumed = findDefaultWinRate(defaults, other, model.modelName)
      if (!borrowsDefaults || assumed === undefined) return []
      return [{ winRate: assumed, samples: DEFAULT_WORTH_SAMPLES, similarity: alike }]
    })
  }

  /**
   * @param levelsApart Whether a model without a thinking level means calls without one, as among
   * candidates of a policy that chooses levels; otherwise it means calls at any level.
   */
  return (taskType: string, model: ModelLevel, levelsApart: boolean): Estimate => {
    const own = learnedAt(taskType, model, levelsApart)
    const learned = isLearned(own.samples, confidence)
    const typical = (measure: (sums: LearnedSums, at: string) => number | undefined) =>
      findUpwards(taskType, (at) => measure(learnedHere(at, model, levelsApart), at)) ??
      typicalBySamples(
        othersOf(taskType, model.modelName).map((other) => {
          const sums = learnedHere(other, model, levelsApart)
          return { samples: sums.samples, value: measure(sums, other) }
        }),
        ({ value }) => value,
      )
    return {
      winRate: thresholdRule({
        successes: own.successes,
        samples: own.samples,
        similarResults: learned ? [] : similarResults(taskType, model, levelsApart),
        defaultWinRate: findDefaultWinRate(defaults, taskType, model.modelName),
        ...(confidence === undefined ? {} : { parameters: confidence }),
      }),
      responseTimeMs: typical((sums) => sums.responseTimeMs),
      costUsd: typical(({ costUsd }, at) => costUsd && costUsd * (costRatio?.(at, taskType) ?? 1)),
    }
  }
}
