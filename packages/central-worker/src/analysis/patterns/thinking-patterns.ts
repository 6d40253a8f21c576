import type { TaskMetrics, ThinkingPattern } from '@winrate/shared-schema/http'
import { clearComparisons } from './clear-comparisons.ts'
import { contrastRates } from './contrast.ts'
import { LEAST_SAMPLES } from './least-samples.ts'

/** How each thinking level does against the same model at the same task type without one. */
export function findThinkingPatterns(cells: readonly TaskMetrics[]): ThinkingPattern[] {
  const compared = cells.filter(({ samples }) => samples >= LEAST_SAMPLES)
  const plainCells = new Map(
    compared
      .filter(({ thinkingLevel }) => thinkingLevel === null)
      .map((cell) => [idOf(cell), cell]),
  )
  const found = compared.flatMap((cell) => {
    const plain = plainCells.get(idOf(cell))
    if (plain === undefined || cell.thinkingLevel === null) return []
    const { taskType, provider, modelName, thinkingLevel, samples } = cell
    const facts = {
      ...{ taskType, provider, modelName, thinkingLevel, samples },
      winRate: cell.winRate,
      plainSamples: plain.samples,
      plainWinRate: plain.winRate,
      responseTimeDifferenceMs: difference(cell.avgResponseTimeMs, plain.avgResponseTimeMs, 3),
      costDifferenceUsd: difference(cell.avgCostUsd, plain.avgCostUsd, 9),
    }
    return {
      facts,
      comparison: contrastRates([
        { successes: cell.successes, samples, weight: 1 },
        { successes: plain.successes, samples: plain.samples, weight: -1 },
      ]),
    }
  })
  return clearComparisons(found)
}

function idOf({ taskType, provider, modelName }: TaskMetrics): string {
  return JSON.stringify([taskType, provider, modelName])
}

function difference(one: number | null, other: number | null, decimals: number): number | null {
  return one === null || other === null ? null : Number((one - other).toFixed(decimals))
}
