// What the fleet's outcomes tell beside the win rates: which models gain at which task types, which
// instances differ from the others, which thinking levels pay. Guarantees: pure; rates of fewer than 10
// samples take no part; each list says what stands out among all its comparisons.
import type { PatternsBody, TaskMetrics } from '@winrate/shared-schema/http'
import { findInstancePatterns, type InstanceSums, type LeftOut } from './instance-patterns.ts'
import { findModelPatterns } from './model-patterns.ts'
import { findThinkingPatterns } from './thinking-patterns.ts'

export interface PatternInput {
  /** Current metrics of all cells. */
  readonly cells: readonly TaskMetrics[]
  /** The window's outcomes by instance and cell. */
  readonly sums: readonly InstanceSums[]
  /** What the last tick left out. */
  readonly leftOut: readonly LeftOut[]
}

export function findPatterns({
  cells,
  sums,
  leftOut,
}: PatternInput): Omit<PatternsBody, 'windowDays'> {
  return {
    models: findModelPatterns(cells),
    instances: findInstancePatterns(sums, leftOut),
    thinkingLevels: findThinkingPatterns(cells),
  }
}
