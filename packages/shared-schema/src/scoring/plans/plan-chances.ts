// Chooses plans by Thompson sampling (Thompson 1933): the best plan by rates that are drawn from what is known.
import { LEAST_CHANCE } from '../choice/choice-chances.ts'
import type { RewardDistribution } from '../rewards/reward-distribution.ts'
import { DRAWS, type PlanDraws, quantileCells, residualQuantiles } from './plan-draws.ts'
import { PlanSearch } from './plan-search.ts'
import type { DrawnRates, PlanTask } from './plan-task.ts'

/** What rates are drawn from. */
export interface PlanPosteriors {
  /** Of the plain rates, in the order of the task's calls. */
  readonly distributions: readonly RewardDistribution[]
  readonly sharpness: number
}

/**
 * The exact chance of each model to be the next attempt: its share among the draws of which the best plan goes on, and
 * its part of `exploration`. They add up to 1; undefined where no plan goes on.
 */
export function planChances(
  task: PlanTask,
  { distributions, sharpness }: PlanPosteriors,
  exploration: number,
  draws: PlanDraws,
): Float64Array | undefined {
  const search = new PlanSearch(task)
  const quantiles = distributions.map(quantileCells)
  const cells = new Uint16Array(distributions.length)
  const residuals = new Float64Array(distributions.length)
  const draw: DrawnRates = { cells, residuals, sharpness }
  const counts = new Float64Array(task.calls.length)
  for (let number = 0; number < DRAWS; number += 1) {
    for (let place = 0; place < cells.length; place += 1) {
      cells[place] = quantiles[place]?.[draws.order(2 * place)[number] ?? 0] ?? 0
      residuals[place] = residualQuantiles[draws.order(2 * place + 1)[number] ?? 0] ?? 0
    }
    const first = search.first(draw)
    if (first !== undefined) counts[first] = (counts[first] ?? 0) + 1
  }
  return withExploration(counts, task.open, exploration)
}

/**
 * Chances in proportion to counts, a share of the choices being uniform among those that may be called; undefined where
 * nothing was counted.
 */
export function withExploration(
  counts: Float64Array,
  open: readonly number[],
  exploration: number,
): Float64Array | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const share = exploration >= LEAST_CHANCE ? Math.min(1, exploration) : 0
  const chances = counts.map((count) => ((1 - share) * count) / total)
  for (const place of open) chances[place] = (chances[place] ?? 0) + share / open.length
  return chances
}
