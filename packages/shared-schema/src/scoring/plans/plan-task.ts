import type { Aim, WithinPreference } from '../choice/preference-score.ts'
import type { Evidence } from '../rewards/posterior.ts'

/** What calling a model takes; 0 where nothing is known of any model. */
export interface PlannedCall {
  readonly costUsd: number
  readonly responseTimeMs: number
}

/**
 * What plans go by. An aim means for a plan what it means for a model, because a plan has a success, a cost and a time, too;
 * `confidence` means nothing here.
 */
export type PlanAim = Aim | UsualPlanAim

/** Where nobody says what plans should go by. */
export interface UsualPlanAim extends WithinPreference {
  /** At most this share of what checking answers gains over one call of the best model is given up, 0 to 1. */
  readonly gainShare: number
}

/**
 * The cheapest plan whose success is within 5 points of the best plan's, and which keeps at least half of what checking
 * answers gains over one call of the best model. An operator's weight of cost moves both.
 */
export function usualPlanAim(costWeight = USUAL_COST_WEIGHT): UsualPlanAim {
  const times = costWeight / USUAL_COST_WEIGHT
  return { within: Math.min(1, 0.05 * times), then: 'cost', gainShare: Math.min(1, 0.5 * times) }
}

const USUAL_COST_WEIGHT = 0.1

/** What is to be planned. Models are named by their places in `calls`. */
export interface PlanTask {
  /** Every model that plans may name, those that failed included. */
  readonly calls: readonly PlannedCall[]
  /** Those whose answers have failed, in their order. */
  readonly failed: readonly number[]
  /** Those that may be called now. */
  readonly open: readonly number[]
  readonly attemptsLeft: number
  /** What the calls of a plan may cost if all are made, in US dollars. */
  readonly budgetUsd: number
  readonly aim: PlanAim | undefined
  /** What a budget makes a dollar cost, in successes. Default 0. */
  readonly usdPrice?: number
  readonly dependence: number
  /** What is known of models after these have failed; undefined where nothing is. */
  readonly evidenceAfter: (failed: readonly number[]) => ((place: number) => Evidence) | undefined
}

/** What is known of all models: as one draw from their posteriors has it, or as it is expected. */
export interface DrawnRates {
  /** The cell of a reward distribution that each plain rate lies in. */
  readonly cells: ArrayLike<number>
  /** By how many standard deviations each conditional rate differs from what is expected of it. */
  readonly residuals: ArrayLike<number>
  /** So many times its mass counts what is known of conditional rates. */
  readonly sharpness: number
}

/** Ordered attempts, each made if those before it failed. */
export interface Plan {
  readonly places: readonly number[]
  /** Of each attempt: its chance to succeed where it is made. */
  readonly rates: readonly number[]
  /** The chance that one of them succeeds. */
  readonly success: number
  /** What they are expected to cost and to take; one that is not made costs nothing. */
  readonly costUsd: number
  readonly responseTimeMs: number
}
