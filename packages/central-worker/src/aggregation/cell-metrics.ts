import { type ConfidenceParameters, confidence, winRate } from '@winrate/shared-schema/scoring'
import type { WindowCell } from './read-window.ts'

/** What is known of one cell: a row of task_metrics. */
export interface CellMetrics {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  readonly thinkingLevel: string
  readonly samples: number
  readonly successes: number
  readonly winRate: number
  readonly confidence: number
  readonly avgQuality: number | null
  readonly avgResponseTimeMs: number | null
  readonly avgCostUsd: number | null
  readonly transportFailures: number
  readonly instances: number
}

/** Turns sums into rates. Means are rounded, so that the order of adding them up does not show. */
export function cellMetrics(cell: WindowCell, parameters?: ConfidenceParameters): CellMetrics {
  const { taskType, modelName, provider, thinkingLevel, transportFailures } = cell
  const samples = Math.max(0, cell.samples)
  const successes = Math.min(samples, Math.max(0, cell.successes))
  return {
    taskType,
    modelName,
    provider,
    thinkingLevel,
    samples,
    successes,
    winRate: winRate(successes, samples),
    confidence: confidence(samples, parameters),
    avgQuality: clamp(mean(cell.qualitySum, cell.qualityCount, 6)),
    avgResponseTimeMs: mean(cell.responseTimeSumMs, cell.responseTimeCount, 3),
    avgCostUsd: mean(cell.costSumUsd, cell.costCount, 9),
    transportFailures,
    instances: cell.instanceIds.length,
  }
}

function mean(sum: number, count: number, decimals: number): number | null {
  if (count <= 0) return null
  return Math.max(0, Number((sum / count).toFixed(decimals)))
}

function clamp(quality: number | null): number | null {
  return quality === null ? null : Math.min(1, quality)
}
