import type { TaskMetrics } from '@winrate/shared-schema/http'

/** A cell of the metrics; `fields` change it. */
export function aCell(fields: Partial<TaskMetrics> = {}): TaskMetrics {
  const { samples = 100, successes = 80, avgResponseTimeMs = 1000, avgCostUsd = 0.01 } = fields
  const winRate = samples === 0 ? 0 : successes / samples
  return {
    ...{ taskType: 'coding', provider: 'openai', modelName: 'gpt-4o', thinkingLevel: null },
    ...{ samples, successes, winRate, confidence: 0.5, transportFailures: 0, instances: 3 },
    ...{ avgQuality: null, avgResponseTimeMs, avgCostUsd },
    ...{ typicalResponseTimeMs: avgResponseTimeMs, typicalCostUsd: avgCostUsd },
    successesPerUsd: avgCostUsd === null || avgCostUsd === 0 ? null : winRate / avgCostUsd,
    ...{
      evidence: samples,
      reward: winRate,
      fadedEvidence: 0,
      fadedReward: null,
      undrawnEvidence: 0,
      undrawnReward: null,
    },
    ...{ changedAt: null, quarantinedSamples: 0, updatedAt: '2026-08-01T00:00:00.000Z' },
    ...fields,
  }
}
