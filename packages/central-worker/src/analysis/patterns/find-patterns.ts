// What the fleet's outcomes show beside the win rates: which models gain at which task types, which
// instances differ from the others, which thinking levels pay. Guarantees: rates of fewer than 10 samples
// are not compared; each list says what stands out among all its comparisons.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import type { PatternsBody, TaskMetrics } from '@winrate/shared-schema/http'
import type { Queryable } from '../../postgres/queryable.ts'
import { readQuarantines } from '../../reading/read-quarantines.ts'
import { readTaskMetrics } from '../../reading/read-task-metrics.ts'
import { createNaming, type ModelNaming } from '../../window/create-naming.ts'
import { findInstancePatterns, type InstanceSums, type LeftOut } from './instance-patterns.ts'
import { createDesignEffects, findModelPatterns, findThinkingPatterns } from './model-patterns.ts'

export interface PatternInput {
  /** Current metrics of all cells. */
  readonly cells: readonly TaskMetrics[]
  /** The window's outcomes by instance and cell. */
  readonly sums: readonly InstanceSums[]
  /** What the last tick left out. */
  readonly leftOut: readonly LeftOut[]
}

/** Pure: the same input gives the same patterns. */
export function findPatterns({ cells, sums, leftOut }: PatternInput) {
  const instances = findInstancePatterns(sums, leftOut)
  const effects = createDesignEffects(sums)
  const thinkingLevels = findThinkingPatterns(cells, effects)
  return {
    models: findModelPatterns(cells, effects),
    instances: instances.slice(0, MOST_PATTERNS),
    ...(instances.length > MOST_PATTERNS && { moreInstances: instances.length - MOST_PATTERNS }),
    thinkingLevels: thinkingLevels.slice(0, MOST_PATTERNS),
    ...(thinkingLevels.length > MOST_PATTERNS && {
      moreThinkingLevels: thinkingLevels.length - MOST_PATTERNS,
    }),
  }
}

/** Patterns that a list has, however many instances and thinking levels clients invent. */
const MOST_PATTERNS = 1_000

/** Sums that instances are compared by: those with the most samples. */
const MOST_SUMS = 200_000

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
  const [cells, sums, { quarantines }] = await Promise.all([
    readTaskMetrics(queryable),
    readInstanceSums(queryable, windowDays, createNaming(catalogue)),
    readQuarantines(queryable),
  ])
  const leftOut = quarantines.flatMap(({ instanceId, cells: left }) =>
    left.map((cell) => ({ ...cell, instanceId })),
  )
  return { windowDays, ...findPatterns({ cells, sums, leftOut }) }
}

/** Sums the window's rollups by instance, cell and day, the cells under the names of the metrics. */
async function readInstanceSums(
  queryable: Queryable,
  windowDays: number,
  nameOf: ModelNaming,
): Promise<readonly InstanceSums[]> {
  const { rows } = await queryable.query<InstanceSums>({
    name: 'read-instance-sums',
    text: `
      select
        instance_id as "instanceId",
        task_type as "taskType",
        provider,
        model_name as "modelName",
        thinking_level as "thinkingLevel",
        (hour at time zone 'UTC')::date - date '2000-01-01' as span,
        sum(samples)::float8 as samples,
        sum(successes)::float8 as successes
      from winrate.outcome_rollups
      where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $1)
      group by instance_id, task_type, provider, model_name, thinking_level, span
      having sum(samples) <> 0
      order by sum(samples) desc, instance_id, task_type, provider, model_name, thinking_level, span
      limit $2`,
    values: [Math.round(windowDays * 24), MOST_SUMS],
  })
  return rows.map((row) => ({ ...row, ...nameOf(row) }))
}
