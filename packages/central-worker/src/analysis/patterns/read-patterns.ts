import type { PatternsBody, TaskMetrics } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../../postgres/queryable.ts'
import { readQuarantines } from '../../quarantine/read-quarantines.ts'
import { findPatterns } from './find-patterns.ts'
import { type ModelNaming, readInstanceSums } from './read-instance-sums.ts'

export interface PatternReading {
  readonly windowDays: number
  readonly nameOf: ModelNaming
  /** Current metrics of all cells. */
  readonly readCells: () => Promise<readonly TaskMetrics[]>
}

/** Reads what patterns are found in, and finds them. */
export async function readPatterns(
  queryable: Queryable,
  { windowDays, nameOf, readCells }: PatternReading,
): Promise<PatternsBody> {
  const [cells, sums, quarantines] = await Promise.all([
    readCells(),
    readInstanceSums(queryable, { windowDays, nameOf }),
    readQuarantines(queryable),
  ])
  const leftOut = quarantines.flatMap(({ instanceId, cells: left }) =>
    left.map((cell) => ({ ...cell, instanceId })),
  )
  return { windowDays, ...findPatterns({ cells, sums, leftOut }) }
}
