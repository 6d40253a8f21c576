import type { Query } from '../data/collect-queries.ts'

/** A query with the number of its decisions. */
export interface WeightedQuery {
  readonly query: Query
  readonly decisions: number
}

/** The mean over decisions; undefined without any. */
export function meanSuccess(
  queries: readonly WeightedQuery[],
  successOf: (query: Query) => number,
): number | undefined {
  let decisions = 0
  let success = 0
  for (const weighted of queries) {
    decisions += weighted.decisions
    success += weighted.decisions * successOf(weighted.query)
  }
  return decisions === 0 ? undefined : success / decisions
}
