/** What an instance decided: one row per decision, in the order of time. */
export interface DecisionRecord {
  /** Index of the query among all queries. */
  readonly query: number
  /** Index of the chosen candidate within the query. */
  readonly candidate: number
  /** Whether it is in the last quarter of its instance's decisions. */
  readonly lastQuarter: boolean
}

/** Joins an instance's columns into rows. */
export function decisionRecords(
  queries: ArrayLike<number>,
  candidates: ArrayLike<number>,
): DecisionRecord[] {
  const lastQuarterFrom = Math.floor(queries.length * 0.75)
  return Array.from(queries, (query, at) => ({
    query,
    candidate: candidates[at] ?? 0,
    lastQuarter: at >= lastQuarterFrom,
  }))
}
