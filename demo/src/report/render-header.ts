import type { DemoOptions } from '../options.ts'
import type { ReplayMaterial } from '../replay/load-replay-material.ts'
import { formatCount, formatMs, formatPercent } from './format-figures.ts'
import type { TextStyle } from './text-style.ts'

/** Describes what the demo is about to replay, and how. */
export function renderHeader(
  options: DemoOptions,
  material: ReplayMaterial,
  style: TextStyle,
): string[] {
  const { instances, intervalMs, policy, seed } = options
  const { queries, queriesPerInstance, taskTypes, skippedCategories, repeatedOutcomes } = material
  const lines = [
    '',
    `  ${style.bold('Winrate')}  ${style.dim('published outcomes of real models, replayed through the whole loop')}`,
    '',
    `  ${formatCount(instances)} instances × ${formatCount(queriesPerInstance)} of ${formatCount(queries.length)} queries, ${taskTypes.length} task types`,
    `  aggregation every ${formatMs(intervalMs)}, policy ${policy.kind}, exploration ${formatPercent(policy.exploration)}, seed ${seed}`,
  ]
  if (skippedCategories.size > 0) {
    const outcomes = [...skippedCategories.values()].reduce((sum, count) => sum + count, 0)
    const names = [...skippedCategories.keys()].join(', ')
    lines.push(
      `  skipped: ${formatCount(outcomes)} outcomes of categories without a task type (${names})`,
    )
  }
  if (repeatedOutcomes > 0) {
    lines.push(`  skipped: ${formatCount(repeatedOutcomes)} repeated outcomes of a query and model`)
  }
  return [...lines, '']
}
