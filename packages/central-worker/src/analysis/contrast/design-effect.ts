// How much less outcomes tell because those of a cluster hang together: sessions, days, an instance's work.
import type { Rate } from './contrast.ts'

/** Fewer clusters tell nothing about the dependence within them. */
const LEAST_CLUSTERS = 3

export interface DesignEffect {
  /** How many outcomes count as one independent one. */
  readonly effect: number
  /** Degrees of freedom that it was measured with. */
  readonly freedom: number
}

export const noDesignEffect: DesignEffect = { effect: 1, freedom: Number.POSITIVE_INFINITY }

/**
 * The variance of a sum by clusters against its variance if outcomes were independent, at least 1 (Kish 1965).
 *
 * @param deviations Of each cluster's total from its expectation.
 * @param weights Of each cluster in the sum.
 */
export function designEffect(
  deviations: readonly number[],
  weights: readonly number[],
  independent: number,
): DesignEffect {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const squares = weights.reduce((total, weight) => total + weight * weight, 0)
  const clusters = squares > 0 ? sum ** 2 / squares : 0
  if (!(clusters >= LEAST_CLUSTERS && independent > 0)) return noDesignEffect
  const clustered = deviations.reduce((total, deviation) => total + deviation * deviation, 0)
  const unbiased = (clusters / (clusters - 1)) ** 2
  return { effect: Math.max(1, (unbiased * clustered) / independent), freedom: clusters - 1 }
}

/** The design effect of one rate. */
export function rateDesignEffect(clusters: readonly Rate[]): DesignEffect {
  const samples = clusters.reduce((sum, cluster) => sum + cluster.samples, 0)
  const successes = clusters.reduce((sum, cluster) => sum + cluster.successes, 0)
  const rate = samples > 0 ? successes / samples : 0
  return designEffect(
    clusters.map((cluster) => cluster.successes - rate * cluster.samples),
    clusters.map((cluster) => cluster.samples),
    samples * rate * (1 - rate),
  )
}
