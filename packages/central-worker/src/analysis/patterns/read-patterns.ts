import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import type { PatternsBody } from '@winrate/shared-schema/http'
import type { Queryable } from '../../postgres/queryable.ts'
import { readQuarantines } from '../../reading/read-quarantines.ts'
import { readTaskMetrics } from '../../reading/read-task-metrics.ts'
import { createNaming } from '../../window/create-naming.ts'
import { findPatterns } from './find-patterns.ts'
import { readInstanceSums } from './read-instance-sums.ts'

/** Reads what patterns are found in, and finds them. */
export async function readPatterns(
  queryable: Queryable,
  options: {
    readonly windowDays: number
    /** The operator's own. */
    readonly catalogue?: readonly CatalogueEntry[] | undefined
  },
): Promise<PatternsBody> {
  const { windowDays, catalogue } = options
  const [cells, sums, quarantines] = await Promise.all([
    readTaskMetrics(queryable),
    readInstanceSums(queryable, { windowDays, nameOf: createNaming(catalogue) }),
    readQuarantines(queryable),
  ])
  const leftOut = quarantines.flatMap(({ instanceId, cells: left }) =>
    left.map((cell) => ({ ...cell, instanceId })),
  )
  return { windowDays, ...findPatterns({ cells, sums, leftOut }) }
}
