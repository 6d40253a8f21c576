// The reward that a model is expected to achieve, as a distribution: what policies with a prior choose by.
import { findDefaultWinRate, hasDefaults } from '../../contracts/catalogue/catalogue.ts'
import type { ModelLevel } from '../../contracts/names/cell-name.ts'
import { priorEstimate, type ResultElsewhere } from '../estimates/prior-estimate.ts'
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
import type { Knowledge } from './estimate.ts'
import { evidenceAtOtherLevels, sumLevel, sumLevels } from './learned-table.ts'
import { createPriors, massAt, type PriorMass } from './priors.ts'

/** Fewer outcomes than this never put a candidate ahead: one instance, or luck, brings them about. */
const HANDFUL = 5

/** What is expected of a cell after its evidence. */
export interface CellPosterior extends Posterior {
  readonly evidenceMass: number
  /** The mean of the prior. */
  readonly priorMean: number
}

/**
 * Posteriors of models at exactly the thinking level that is named, or without one. The prior rests on
 * the model's results elsewhere, on its other levels here and on what has faded, never on its own evidence.
 */
export function createPosteriors(knowledge: Knowledge) {
  const { table, defaults, borrowsFrom, similarity, evidenceShare = 1 } = knowledge

  /** A task type without any default of its own borrows those of the others. */
  function assumed(taskType: string, other: string, modelName: string): Evidence {
    if (hasDefaults(defaults, taskType)) return noEvidence
    const reward = findDefaultWinRate(defaults, other, modelName)
    return reward === undefined ? noEvidence : { mass: DEFAULT_WORTH_SAMPLES, reward }
  }

  function elsewhere(taskType: string, model: ModelLevel): ResultElsewhere[] {
    return borrowsFrom(taskType, model.modelName).flatMap((other) => {
      const learned = sumLevels(table, other, model).evidence
      const evidence = learned.mass > 0 ? learned : assumed(taskType, other, model.modelName)
      if (evidence.mass === 0) return []
      return [{ evidence, similarity: similarity(taskType, other), base: table.base(other) }]
    })
  }

  const priorOf = createPriors(knowledge, (taskType, model) =>
    priorEstimate({
      base: table.base(taskType),
      elsewhere: elsewhere(taskType, model),
      defaultWinRate: findDefaultWinRate(defaults, taskType, model.modelName),
      related: addEvidence(
        evidenceAtOtherLevels(table, taskType, model),
        sumLevels(table, taskType, model).faded,
      ),
    }),
  )

  return (taskType: string, model: ModelLevel, priorMass: PriorMass): CellPosterior => {
    const own = sumLevel(table, taskType, model)
    const prior = priorOf(taskType, model, priorMass)
    const { mean } = prior
    const mass = prior.mass + Math.min(massAt(table.base(taskType), priorMass), own.faded.mass)
    return {
      ...posteriorOf({ mean, mass }, weaken(own.evidence, evidenceShare)),
      evidenceMass: own.evidence.mass,
      priorMean: mean,
    }
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
  /** Fewer than a handful of outcomes are known of exactly this candidate. */
  readonly isHandful: boolean
  /**
   * What the candidate is ordered by: the mean, except that a handful of the fleet's outcomes never counts for
   * it, only against it. Chances rest on the distribution, so such a candidate is tried all the same.
   */
  readonly cautiousMean: number
  /**
   * How far it may be off, as if what is known were worth so many times as many outcomes. Not kept: 4 kB for
   * every candidate of every ranking would add up.
   */
  distribution(sharpness: number): RewardDistribution
}

const noOutcomes: OwnEvidence = { pending: noEvidence, recent: [] }

/** What a posterior expects, with an instance's own outcomes: a model that just broke is expected to fail. */
export function expectReward(posterior: CellPosterior, own: OwnEvidence = noOutcomes): Expectation {
  const unchanged = withEvidence(posterior, own.pending)
  const change = recentChange(own.recent, posterior)
  const { weight } = change
  const changed = weight === 0 ? unchanged : changedPosterior(change)
  const meanOf = (before: Posterior) =>
    (1 - weight) * posteriorMean(before) + weight * posteriorMean(changed)
  const mean = meanOf(unchanged)
  const isHandful = posterior.evidenceMass + own.pending.mass < HANDFUL
  const cautiousMean =
    posterior.evidenceMass < HANDFUL
      ? Math.min(mean, meanOf(withEvidence(withoutLuck(posterior), own.pending)))
      : mean
  const distribution = (sharpness: number) => {
    const sharp = sharpen(unchanged, sharpness)
    return weight === 0
      ? distributionOf(sharp)
      : mixedDistributionOf(sharp, sharpen(changed, sharpness), weight)
  }
  return { own, mean, isHandful, cautiousMean, distribution }
}

function sharpen({ alpha, beta }: Posterior, sharpness: number): Posterior {
  return { alpha: sharpness * alpha, beta: sharpness * beta }
}

/** A posterior of the same mass that expects what the prior did. */
function withoutLuck({ alpha, beta, priorMean }: CellPosterior): Posterior {
  const mass = alpha + beta
  return { alpha: mass * priorMean, beta: mass * (1 - priorMean) }
}
