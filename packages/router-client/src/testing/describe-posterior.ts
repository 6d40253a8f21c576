// A posterior in numbers that people look at: intervals, and how much is evidence.
import type { CellPosterior, RewardDistribution } from '@winrate/shared-schema/scoring'

export function describePosterior(
  posterior: CellPosterior,
  mean: number,
  distribution: RewardDistribution,
) {
  const { alpha, beta, evidenceMass, priorMean } = posterior
  return {
    mean,
    low50: quantile(distribution, 0.25),
    high50: quantile(distribution, 0.75),
    low95: quantile(distribution, 0.025),
    high95: quantile(distribution, 0.975),
    evidence: evidenceMass,
    priorMean,
    // What the whole is worth, less the evidence.
    priorMass: Math.max(0, alpha + beta - evidenceMass),
    distribution,
  }
}

/** Cells are evenly filled. */
function quantile(distribution: RewardDistribution, share: number): number {
  const cell = distribution.findIndex((upTo) => upTo >= share)
  const before = cell <= 0 ? 0 : (distribution[cell - 1] ?? 0)
  const within = (share - before) / ((distribution[cell] ?? 1) - before || 1)
  return (Math.max(0, cell) + within) / distribution.length
}
