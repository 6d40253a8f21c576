/** One decision of an instance. */
export interface DecisionRecord {
  /** Index of the query among all queries. */
  readonly query: number
  /** Index of the chosen candidate within the query. */
  readonly candidate: number
  /** Whether the decision is in the last quarter of its instance's decisions. */
  readonly lastQuarter: boolean
}

/**
 * Joins an instance's columns into rows, in the order of time.
 *
 * @param heldOut Not 0 for decisions of the experiment's baseline, which are left out. Default: none.
 */
export function decisionRecords(
  queries: ArrayLike<number>,
  candidates: ArrayLike<number>,
  heldOut: ArrayLike<number> = [],
): DecisionRecord[] {
  const lastQuarterFrom = Math.floor(queries.length * 0.75)
  return Array.from(queries, (query, at) => ({
    query,
    candidate: candidates[at] ?? 0,
    lastQuarter: at >= lastQuarterFrom,
  })).filter((_, at) => !heldOut[at])
}
