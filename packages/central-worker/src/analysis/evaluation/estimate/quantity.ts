// A quantity is a mean over decisions with an interval. Its variance is the larger of two: as if decisions
// were independent, and by clusters, whose decisions may depend on each other.
import type { LoggedCells } from '../log/logged-cells.ts'
import type { ClusterSums, Measure, Moments } from '../log/logged-outcomes.ts'

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
  /** The estimate, where it is not the mean of the scores but the scores tell how it varies. */
  readonly value?: number
}

/** An estimate with its 95 % interval. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** The standard normal quantile of a two-sided 95 % interval. */
export const Z_95 = 1.959964

/** Fewer clusters tell nothing about the dependence within them. */
export const LEAST_CLUSTERS = 20

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

export interface Dependence {
  readonly clusters: number
  /** For each quantity the sum over clusters of the squared deviation of the cluster's total. */
  readonly squares: ReadonlyMap<Quantity, number>
}

/** Goes through the clusters once; rows of one cluster follow each other. */
export async function sumClusters(
  quantities: readonly Quantity[],
  logged: LoggedCells,
  batches: AsyncIterable<readonly ClusterSums[]> | Iterable<readonly ClusterSums[]>,
): Promise<Dependence> {
  const sums = quantities.map((quantity) => ({
    quantity,
    mean: meanScore(quantity, logged),
    total: 0,
    squares: 0,
  }))
  let clusters = 0
  let decisions = 0
  let current: string | undefined
  const finish = () => {
    if (decisions === 0) return
    clusters += 1
    for (const sum of sums) {
      sum.squares += (sum.total - decisions * sum.mean) ** 2
      sum.total = 0
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
      const counted = measure === 'success' ? moments.count : 0
      decisions += counted
      for (const sum of sums) {
        const score = sum.quantity.scores[place]
        if (score === undefined) continue
        const known = measure === sum.quantity.measure ? sumOfKnown(score, moments) : 0
        sum.total += score.base * counted + known
      }
    }
  }
  finish()
  return { clusters, squares: new Map(sums.map((sum) => [sum.quantity, sum.squares])) }
}

export function intervalOf(
  quantity: Quantity,
  logged: LoggedCells,
  { clusters, squares }: Dependence,
): Interval {
  const { decisions } = logged
  const mean = meanScore(quantity, logged)
  const meanOfSquares = meanOver(quantity, logged, sumOfSquares)
  const independent = Math.max(0, meanOfSquares - mean * mean) / Math.max(1, decisions - 1)
  const deviations = clusters < LEAST_CLUSTERS ? 0 : (squares.get(quantity) ?? 0)
  const clustered =
    ((clusters / Math.max(1, clusters - 1)) * deviations) / Math.max(1, decisions) ** 2
  const estimate = quantity.value ?? mean
  const reach = Z_95 * Math.sqrt(Math.max(decisions < 2 ? 0 : independent, clustered))
  return { estimate, low: estimate - reach, high: estimate + reach }
}
