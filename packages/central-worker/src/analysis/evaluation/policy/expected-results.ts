// What a candidate is expected to achieve, from what had been learned: the posterior that policy
// `thompson` chooses by, and the model that the doubly robust estimate corrects. It follows the
// expectations of the client without what only a client or a tick has: own outcomes, changes, caps,
// learned similarity, fading.
import { type DefaultWinRates, findDefaultWinRate } from '@winrate/shared-schema/contracts'
import {
  DEFAULT_WORTH_SAMPLES,
  type Posterior,
  posteriorOf,
  priorEstimate,
  type ResultElsewhere,
  type TaskBase,
  taskBase,
  taskSimilarity,
} from '@winrate/shared-schema/scoring'
import { type Candidate, candidateKey } from '../log/candidate.ts'
import { evidenceOf, type LearnedMeasure, type LearnedResults } from '../log/learned-results.ts'

export interface ExpectedResults {
  readonly learned: LearnedResults
  readonly defaults: DefaultWinRates
  posterior(question: PosteriorQuestion): Posterior
  /** Mean cost of a call in US dollars: here, else of the model anywhere; undefined where unknown. */
  costUsd(taskType: string, candidate: Candidate): number | undefined
}

export interface PosteriorQuestion {
  readonly taskType: string
  readonly candidate: Candidate
  readonly measure: LearnedMeasure
  /** Outcomes that the prior is worth. */
  readonly priorMass: number
}

export function createExpectedResults(
  learned: LearnedResults,
  defaults: DefaultWinRates,
): ExpectedResults {
  const taskTypes = [...new Set([...learned.taskTypes, ...Object.keys(defaults)])]
  const bases = new Map<string, TaskBase>()
  const means = new Map<string, number>()

  function baseOf(taskType: string, measure: LearnedMeasure): TaskBase {
    const key = `${measure} ${taskType}`
    const base = bases.get(key) ?? taskBase(learned.evidenceByModel(taskType, measure))
    bases.set(key, base)
    return base
  }

  function elsewhere({ taskType, candidate, measure }: PosteriorQuestion): ResultElsewhere[] {
    const borrows = !Object.hasOwn(defaults, taskType)
    return taskTypes.flatMap((other) => {
      if (other === taskType) return []
      const alike = taskSimilarity(taskType, other)
      const base = baseOf(other, measure)
      const evidence = evidenceOf(learned.allLevels(other, candidate), measure)
      if (evidence.mass > 0) {
        return [{ evidence, similarity: alike, base }]
      }
      const reward = findDefaultWinRate(defaults, other, candidate.modelName)
      if (!borrows || reward === undefined) return []
      return [{ evidence: { mass: DEFAULT_WORTH_SAMPLES, reward }, similarity: alike, base }]
    })
  }

  function priorMean(question: PosteriorQuestion): number {
    const { taskType, candidate, measure } = question
    const key = `${measure} ${taskType} ${candidateKey(candidate)}`
    const known = means.get(key)
    if (known !== undefined) return known
    const own = evidenceOf(learned.cell(taskType, candidate), measure)
    const all = evidenceOf(learned.allLevels(taskType, candidate), measure)
    const mean = priorEstimate({
      base: baseOf(taskType, measure),
      elsewhere: elsewhere(question),
      defaultWinRate: findDefaultWinRate(defaults, taskType, candidate.modelName),
      akin: { mass: all.mass - own.mass, reward: all.reward },
    })
    means.set(key, mean)
    return mean
  }

  return {
    learned,
    defaults,
    posterior(question) {
      const { taskType, candidate, measure, priorMass } = question
      const own = evidenceOf(learned.cell(taskType, candidate), measure)
      return posteriorOf({ mean: priorMean(question), mass: priorMass }, own)
    },
    costUsd(taskType, candidate) {
      return (
        meanCost([learned.cell(taskType, candidate)]) ??
        meanCost([learned.allLevels(taskType, candidate)]) ??
        meanCost(learned.taskTypes.map((other) => learned.allLevels(other, candidate)))
      )
    },
  }
}

interface CostSums {
  readonly costSumUsd: number
  readonly costCount: number
}

function meanCost(cells: readonly (CostSums | undefined)[]): number | undefined {
  const count = cells.reduce((sum, cell) => sum + (cell?.costCount ?? 0), 0)
  const usd = cells.reduce((sum, cell) => sum + (cell?.costSumUsd ?? 0), 0)
  return count === 0 ? undefined : usd / count
}
