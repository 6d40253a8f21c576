import type { Query } from '../data/collect-queries.ts'

/** A query and how many decisions were made about it. */
export interface WeightedQuery {
  readonly query: Query
  readonly decisions: number
}

/** Mean over decisions; undefined when there are none. */
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
