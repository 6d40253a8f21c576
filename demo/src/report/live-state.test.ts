import type { TaskMetrics } from '@winrate/shared-schema/http'
import { confidence } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import { liveTasks } from './live-state.ts'

function cell(
  taskType: string,
  modelName: string,
  successes: number,
  samples: number,
): TaskMetrics {
  return {
    ...{ taskType, provider: 'p', modelName, thinkingLevel: null, samples, successes },
    ...{ winRate: successes / samples, confidence: confidence(samples), transportFailures: 0 },
    ...{ avgQuality: null, avgResponseTimeMs: null, avgCostUsd: null, instances: 1 },
    ...{ typicalResponseTimeMs: null, typicalCostUsd: null },
    ...{ successesPerUsd: null, evidence: samples, reward: null, quarantinedSamples: 0 },
    ...{
      fadedEvidence: 0,
      fadedReward: null,
      undrawnEvidence: 0,
      undrawnReward: null,
      changedAt: null,
    },
    updatedAt: '2026-08-01T00:00:00.000Z',
  }
}

test('The best model is the learned one with the highest win rate', () => {
  const cells = [
    cell('coding', 'lucky', 4, 4),
    cell('coding', 'a', 7, 10),
    cell('coding', 'b', 3, 10),
  ]
  expect(liveTasks(['coding'], cells)).toEqual([
    { taskType: 'coding', best: { model: 'p/a', winRate: 0.7 }, samples: 24 },
  ])
})

test('Of equal models, the one with more samples is shown', () => {
  const cells = [cell('coding', 'a', 5, 10), cell('coding', 'b', 50, 100)]
  expect(liveTasks(['coding'], cells)[0]?.best?.model).toBe('p/b')
})

test('Every task type has a row, even before anything is known about it', () => {
  expect(liveTasks(['chat', 'coding'], [cell('coding', 'a', 1, 1)])).toEqual([
    { taskType: 'chat', best: undefined, samples: 0 },
    { taskType: 'coding', best: undefined, samples: 1 },
  ])
})
