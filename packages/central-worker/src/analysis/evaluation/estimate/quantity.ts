// A quantity is a mean over decisions with an interval, whose variance and degrees of freedom come from clusters:
// decisions of one cluster may depend on each other.
import type { LoggedCells } from '../log/logged-cells.ts'
import type { ClusterSums, Measure, Moments } from '../log/logged-outcomes.ts'
import { of95, studentQuantile } from './student-quantile.ts'

/**
 * What one decision adds to an estimate: `base`, and where y is known also `u·(1 / propensity)
 * + uy·(y / propensity) + y·y`.
 */
export interface Score {
  readonly base: number
  readonly u: number
  readonly uy: number
  readonly y: number
}

export interface Quantity {
  readonly measure: Measure
  /** What a decision of each logged cell adds, in the order of the cells. */
  readonly scores: readonly Score[]
  /** The chance of each logged cell's candidate, which divided by the propensity is a decision's weight; without them 1. */
  readonly chances?: readonly number[] | undefined
  /** The estimate, where it is not the mean of the scores but the scores tell how it varies. */
  readonly value?: number
}

/** An estimate with its 95 % interval. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** Fewer effective clusters tell too little about the dependence within them. */
export const LEAST_CLUSTERS = 10

/** Sum of the scores of `decisions`; `moments` are of those where y is known. */
export function sumOfScores(score: Score, decisions: number, moments: Moments): number {
  return score.base * decisions + sumOfKnown(score, moments)
}

/** Sum of the squared scores. */
export function sumOfSquares(score: Score, decisions: number, moments: Moments): number {
  const { base, u, uy, y } = score
  const squaresOfKnown =
    u * u * moments.uu +
    uy * uy * moments.uuyy +
    y * y * moments.yy +
    2 * (u * uy * moments.uuy + u * y * moments.uy + uy * y * moments.uyy)
  return base * base * decisions + 2 * base * sumOfKnown(score, moments) + squaresOfKnown
}

/** Sum of what known y add to the base. */
function sumOfKnown({ u, uy, y }: Score, moments: Moments): number {
  return u * moments.u + uy * moments.uy + y * moments.y
}

export function meanScore(quantity: Quantity, logged: LoggedCells): number {
  return meanOver(quantity, logged, sumOfScores)
}

function meanOver(
  { scores, measure }: Quantity,
  { cells, decisions }: LoggedCells,
  sumOf: typeof sumOfScores,
): number {
  let sum = 0
  for (const [at, cell] of cells.entries()) {
    const score = scores[at]
    if (score !== undefined) sum += sumOf(score, cell.decisions, cell.known[measure])
  }
  return decisions === 0 ? 0 : sum / decisions
}

/** How far the decisions of a quantity depend on each other. */
export interface Dependence {
  /** Sum over clusters of the squared deviation of the cluster's total. */
  readonly squares: number
  /** As many clusters of equal weight would tell about as much: (Σ w)² / Σ w² over clusters (Kish 1965). */
  readonly effectiveClusters: number
}

export interface Dependences {
  readonly clusters: number
  of(quantity: Quantity): Dependence
}

/** Goes through the clusters once; rows of one cluster follow each other. */
export async function sumClusters(
  quantities: readonly Quantity[],
  logged: LoggedCells,
  batches: AsyncIterable<readonly ClusterSums[]> | Iterable<readonly ClusterSums[]>,
): Promise<Dependences> {
  const sums = quantities.map((quantity) => ({
    quantity,
    mean: meanScore(quantity, logged),
    total: 0,
    squares: 0,
    weight: 0,
    weights: 0,
    weightSquares: 0,
  }))
  let clusters = 0
  let decisions = 0
  let current: string | undefined
  const finish = () => {
    if (decisions === 0) return
    clusters += 1
    for (const sum of sums) {
      const weight = sum.quantity.chances === undefined ? decisions : sum.weight
      sum.squares += (sum.total - decisions * sum.mean) ** 2
      sum.weights += weight
      sum.weightSquares += weight * weight
      sum.total = 0
      sum.weight = 0
    }
    decisions = 0
  }
  for await (const batch of batches) {
    for (const { cluster, measure, moments, ...name } of batch) {
      if (cluster !== current) finish()
      current = cluster
      const place = logged.find(name)
      if (place === undefined) continue
      // Every decision reports success once, so its row stands for the decisions themselves.
      const isDecisions = measure === 'success'
      const counted = isDecisions ? moments.count : 0
      decisions += counted
      for (const sum of sums) {
        const score = sum.quantity.scores[place]
        if (score === undefined) continue
        const known = measure === sum.quantity.measure ? sumOfKnown(score, moments) : 0
        sum.total += score.base * counted + known
        if (isDecisions) sum.weight += (sum.quantity.chances?.[place] ?? 0) * moments.u
      }
    }
  }
  finish()
  const found = new Map(
    sums.map(({ quantity, squares, weights, weightSquares }): [Quantity, Dependence] => [
      quantity,
      { squares, effectiveClusters: weightSquares > 0 ? weights ** 2 / weightSquares : 0 },
    ]),
  )
  return { clusters, of: (quantity) => found.get(quantity) ?? { squares: 0, effectiveClusters: 0 } }
}

/** The standard error of a quantity's mean, and the degrees of freedom of its t distribution. */
export function errorOf(
  quantity: Quantity,
  logged: LoggedCells,
  { squares, effectiveClusters }: Dependence,
): { readonly standardError: number; readonly freedom: number } {
  const { decisions } = logged
  // As the jackknife over clusters of equal weight: each one pulls the mean towards itself.
  const unbiased = (effectiveClusters / Math.max(1, effectiveClusters - 1)) ** 2
  const clustered = effectiveClusters < 2 ? 0 : (unbiased * squares) / decisions ** 2
  if (effectiveClusters >= LEAST_CLUSTERS) {
    return { standardError: Math.sqrt(clustered), freedom: effectiveClusters - 1 }
  }
  // So few may be alike by chance: then as if decisions were independent.
  const mean = meanScore(quantity, logged)
  const spread = Math.max(0, meanOver(quantity, logged, sumOfSquares) - mean * mean)
  const independent = decisions < 2 ? 0 : spread / (decisions - 1)
  return {
    standardError: Math.sqrt(Math.max(independent, clustered)),
    freedom: Math.max(2, effectiveClusters - 1),
  }
}

export function intervalOf(
  quantity: Quantity,
  logged: LoggedCells,
  dependence: Dependence,
): Interval {
  const estimate = quantity.value ?? meanScore(quantity, logged)
  const { standardError, freedom } = errorOf(quantity, logged, dependence)
  const reach = studentQuantile(of95, freedom) * standardError
  return { estimate, low: estimate - reach, high: estimate + reach }
}
