// A quantity is a mean over decisions whose interval is wanted. Its variance is the larger of two: as if
// decisions were independent, and by clusters, whose decisions may depend on each other.
import type { LoggedCell, LoggedCells, LoggedSums, Measure } from './logged-cells.ts'
import { type Score, sumOfKnown, sumOfScores, sumOfSquares } from './moments.ts'

export interface Quantity {
  readonly measure: Measure
  /** What a decision of each logged cell adds. */
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

/** Sums of one cluster and cell. */
export interface ClusterSums extends LoggedSums {
  /** Decisions of one cluster may depend on each other, those of different ones may not. */
  readonly cluster: string
}

/** The standard normal quantile of a two-sided 95 % interval. */
export const Z_95 = 1.959964

/** Fewer clusters tell nothing of the dependence within them. */
export const LEAST_CLUSTERS = 20

export function meanScore(
  { scores, measure }: Quantity,
  { cells, decisions }: LoggedCells,
): number {
  let sum = 0
  cells.forEach((cell, at) => {
    const score = scores[at]
    if (score !== undefined) sum += sumOfScores(score, cell.decisions, cell.known[measure])
  })
  return decisions === 0 ? 0 : sum / decisions
}

export interface ClusteredQuantities {
  readonly clusters: number
  /** For each quantity the sum over clusters of the squared deviation of the cluster's total. */
  readonly squares: Float64Array
}

/** Goes through the clusters once; rows of one cluster follow each other. */
export async function sumClusters(
  quantities: readonly Quantity[],
  logged: LoggedCells,
  batches: AsyncIterable<readonly ClusterSums[]> | Iterable<readonly ClusterSums[]>,
): Promise<ClusteredQuantities> {
  const means = quantities.map((quantity) => meanScore(quantity, logged))
  const totals = new Float64Array(quantities.length)
  const squares = new Float64Array(quantities.length)
  let clusters = 0
  let decisions = 0
  let current: string | undefined
  const finish = () => {
    if (decisions === 0) return
    clusters += 1
    for (let at = 0; at < totals.length; at += 1) {
      const deviation = (totals[at] ?? 0) - decisions * (means[at] ?? 0)
      squares[at] = (squares[at] ?? 0) + deviation * deviation
    }
    totals.fill(0)
    decisions = 0
  }
  for await (const batch of batches) {
    for (const row of batch) {
      if (row.cluster !== current) finish()
      current = row.cluster
      const place = logged.find(row)
      if (place === undefined) continue
      const { count } = row.moments
      if (row.measure === 'success') decisions += count
      for (let at = 0; at < totals.length; at += 1) {
        const quantity = quantities[at]
        const score = quantity?.scores[place]
        if (score === undefined) continue
        // Every decision reports success once, so its row stands for the decisions themselves.
        const base = row.measure === 'success' ? score.base * count : 0
        const known = row.measure === quantity?.measure ? sumOfKnown(score, row.moments) : 0
        totals[at] = (totals[at] ?? 0) + base + known
      }
    }
  }
  finish()
  return { clusters, squares }
}

/** The interval of the quantity at `at`. */
export function intervalOf(
  quantity: Quantity,
  logged: LoggedCells,
  { clusters, squares }: { readonly clusters: number; readonly squares: number },
): Interval {
  const { decisions } = logged
  const mean = meanScore(quantity, logged)
  const independent =
    decisions < 2 ? 0 : independentVariance(quantity, logged.cells, mean, decisions)
  const clustered =
    clusters < LEAST_CLUSTERS
      ? 0
      : ((clusters / (clusters - 1)) * squares) / (decisions * decisions)
  const estimate = quantity.value ?? mean
  const reach = Z_95 * Math.sqrt(Math.max(independent, clustered))
  return { estimate, low: estimate - reach, high: estimate + reach }
}

function independentVariance(
  { scores, measure }: Quantity,
  cells: readonly LoggedCell[],
  mean: number,
  decisions: number,
): number {
  let squares = 0
  cells.forEach((cell, at) => {
    const score = scores[at]
    if (score !== undefined) squares += sumOfSquares(score, cell.decisions, cell.known[measure])
  })
  return Math.max(0, squares / decisions - mean * mean) / (decisions - 1)
}
