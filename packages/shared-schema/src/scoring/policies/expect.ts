// The reward that a model is expected to achieve, as a distribution: what policies with a prior choose by.
import { findDefaultWinRate } from '../../contracts/catalogue/catalogue.ts'
import type { ModelLevel } from '../../contracts/names/cell-name.ts'
import {
  priorEstimate,
  type ResultElsewhere,
  type TaskBase,
  taskBase,
} from '../estimates/prior-estimate.ts'
import { DEFAULT_WORTH_SAMPLES } from '../estimates/threshold-rule.ts'
import {
  addEvidence,
  type Evidence,
  noEvidence,
  type Posterior,
  posteriorMean,
  posteriorOf,
  weaken,
  withEvidence,
} from '../rewards/posterior.ts'
import { changedPosterior, recentChange } from '../rewards/recent-change.ts'
import type { RewardDistribution } from '../rewards/reward-distribution.ts'
import { distributionOf, mixedDistributionOf } from '../rewards/reward-distribution.ts'
import { type Knowledge, knownTaskTypes } from './estimate.ts'
import { evidenceAtOtherLevels, evidenceByModel, sumLevel, sumLevels } from './learned-table.ts'

/**
 * Posteriors of models at exactly the thinking level that is named, or without one. The prior rests on
 * the model's results elsewhere, on its other levels here and on what has faded, never on its own evidence.
 */
export function createPosteriors(knowledge: Knowledge) {
  const { table, defaults, similarity, evidenceShare = 1 } = knowledge
  const taskTypes = knownTaskTypes(knowledge)
  const bases = new Map<string, TaskBase>()

  function baseOf(taskType: string): TaskBase {
    const base = bases.get(taskType) ?? taskBase(evidenceByModel(table, taskType))
    bases.set(taskType, base)
    return base
  }

  /** A task type without any default of its own borrows those of the others. */
  function assumed(taskType: string, other: string, modelName: string): Evidence {
    if (Object.hasOwn(defaults, taskType)) return noEvidence
    const reward = findDefaultWinRate(defaults, other, modelName)
    return reward === undefined ? noEvidence : { mass: DEFAULT_WORTH_SAMPLES, reward }
  }

  function elsewhere(taskType: string, model: ModelLevel): ResultElsewhere[] {
    return taskTypes.flatMap((other) => {
      if (other === taskType) return []
      const learned = sumLevels(table, other, model).evidence
      const evidence = learned.mass > 0 ? learned : assumed(taskType, other, model.modelName)
      if (evidence.mass === 0) return []
      return [{ evidence, similarity: similarity(taskType, other), base: baseOf(other) }]
    })
  }

  /** @param priorMass Outcomes that the prior is worth. */
  return (taskType: string, model: ModelLevel, priorMass: number): Posterior => {
    const own = sumLevel(table, taskType, model)
    const { faded } = sumLevels(table, taskType, model)
    const mean = priorEstimate({
      base: baseOf(taskType),
      elsewhere: elsewhere(taskType, model),
      defaultWinRate: findDefaultWinRate(defaults, taskType, model.modelName),
      related: addEvidence(evidenceAtOtherLevels(table, taskType, model), faded),
    })
    const mass = priorMass + Math.min(priorMass, own.faded.mass)
    return posteriorOf({ mean, mass }, weaken(own.evidence, evidenceShare))
  }
}

/** What one instance knows of its own outcomes of a candidate. */
export interface OwnEvidence {
  /** Outcomes that the posterior does not count yet. */
  readonly pending: Evidence
  /** Rewards of the latest outcomes, counted or not, oldest first. */
  readonly recent: readonly number[]
}

export interface Expectation {
  /** The own outcomes that it counts. */
  readonly own: OwnEvidence
  /** Expected reward, 0 to 1. */
  readonly mean: number
  /** How far it may be off. Not kept: 4 kB for every candidate of every ranking would add up. */
  distribution(): RewardDistribution
}

const noOutcomes: OwnEvidence = { pending: noEvidence, recent: [] }

/** What a posterior expects, with an instance's own outcomes: a model that just broke is expected to fail. */
export function expectReward(posterior: Posterior, own: OwnEvidence = noOutcomes): Expectation {
  const unchanged = withEvidence(posterior, own.pending)
  const change = recentChange(own.recent, posterior)
  const { weight } = change
  if (weight === 0) {
    return { own, mean: posteriorMean(unchanged), distribution: () => distributionOf(unchanged) }
  }
  const changed = changedPosterior(change)
  return {
    own,
    mean: (1 - weight) * posteriorMean(unchanged) + weight * posteriorMean(changed),
    distribution: () => mixedDistributionOf(unchanged, changed, weight),
  }
}
