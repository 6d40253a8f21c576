// What a model is expected to achieve, as a distribution: the posterior that policy `thompson` chooses by.
import { type DefaultWinRates, findDefaultWinRate } from '@winrate/shared-schema/contracts'
import {
  addEvidence,
  changedPosterior,
  DEFAULT_WORTH_SAMPLES,
  type Evidence,
  noEvidence,
  type Posterior,
  posteriorMean,
  posteriorOf,
  priorEstimate,
  type ResultElsewhere,
  type RewardDistribution,
  recentChange,
  type TaskBase,
  taskBase,
  weaken,
  withEvidence,
} from '@winrate/shared-schema/scoring'
import type { LearnedCells, ModelQuestion } from './learned-cells.ts'
import type { OwnCell } from './own-outcomes.ts'
import { distributionOf, mixedDistributionOf } from './posterior-distributions.ts'
import type { Similarity } from './similarity.ts'

export interface Expectation {
  /** The own outcomes that it counts. */
  readonly pending: Evidence
  readonly recent: readonly number[]
  /** Expected reward, 0 to 1. */
  readonly mean: number
  /** How far it may be off. Not kept: 4 kB for every candidate of every ranking would add up. */
  distribution(): RewardDistribution
}

export interface ExpectationsInput {
  readonly cells: LearnedCells
  readonly defaults: DefaultWinRates
  readonly similarity: Similarity
  /** Share of its mass that what was learned still counts with, 0 to 1: below 1 in a stale snapshot. */
  readonly evidenceShare: number
}

export interface Expectations {
  /** From the snapshot alone. */
  learned(taskType: string, question: ModelQuestion, priorMass: number): Posterior
}

export function createExpectations(input: ExpectationsInput): Expectations {
  const { cells, defaults, similarity, evidenceShare } = input
  const knownTaskTypes = [...new Set([...cells.taskTypes, ...Object.keys(defaults)])]
  const bases = new Map<string, TaskBase>()

  function baseOf(taskType: string): TaskBase {
    const known = bases.get(taskType)
    if (known !== undefined) return known
    const base = taskBase(cells.evidenceByModel(taskType))
    bases.set(taskType, base)
    return base
  }

  /** A task type without any default of its own borrows those of the ones it is like. */
  function assumed(taskType: string, other: string, modelName: string): Evidence {
    if (Object.hasOwn(defaults, taskType)) return noEvidence
    const reward = findDefaultWinRate(defaults, other, modelName)
    return reward === undefined ? noEvidence : { mass: DEFAULT_WORTH_SAMPLES, reward }
  }

  function elsewhere(taskType: string, question: ModelQuestion): ResultElsewhere[] {
    const allLevels = { ...question, thinkingLevel: undefined }
    return knownTaskTypes.flatMap((other) => {
      if (other === taskType) return []
      const learned = cells.sum(other, allLevels).evidence
      const evidence = learned.mass > 0 ? learned : assumed(taskType, other, question.modelName)
      return [{ evidence, similarity: similarity(taskType, other), base: baseOf(other) }]
    })
  }

  return {
    learned(taskType, question, priorMass) {
      const atLevel = cells.exactly(taskType, question)
      const { faded } = cells.sum(taskType, { ...question, thinkingLevel: undefined })
      const mean = priorEstimate({
        base: baseOf(taskType),
        elsewhere: elsewhere(taskType, question),
        defaultWinRate: findDefaultWinRate(defaults, taskType, question.modelName),
        akin: addEvidence(cells.atOtherLevels(taskType, question), faded),
      })
      const mass = priorMass + Math.min(priorMass, atLevel.faded.mass)
      return posteriorOf({ mean, mass }, weaken(atLevel.evidence, evidenceShare))
    },
  }
}

/**
 * With this instance's own outcomes; `posterior` is what `learned` answered. What was expected `before` by
 * the same posterior is answered again where the own outcomes are the same.
 */
export function expectNow(own: OwnCell, posterior: Posterior, before?: Expectation): Expectation {
  const pending = own.pending()
  const recent = own.recent()
  return before !== undefined && isSame(before, pending, recent)
    ? before
    : expect(posterior, pending, recent)
}

function expect(posterior: Posterior, pending: Evidence, recent: readonly number[]): Expectation {
  const unchanged = withEvidence(posterior, pending)
  const change = recentChange(recent, posterior)
  const { weight } = change
  if (weight === 0) {
    const distribution = () => distributionOf(unchanged)
    return { pending, recent, mean: posteriorMean(unchanged), distribution }
  }
  const changed = changedPosterior(change)
  return {
    pending,
    recent,
    mean: (1 - weight) * posteriorMean(unchanged) + weight * posteriorMean(changed),
    distribution: () => mixedDistributionOf(unchanged, changed, weight),
  }
}

function isSame(before: Expectation, pending: Evidence, recent: readonly number[]): boolean {
  return (
    before.pending.mass === pending.mass &&
    before.pending.reward === pending.reward &&
    before.recent.length === recent.length &&
    before.recent.every((reward, at) => reward === recent[at])
  )
}
