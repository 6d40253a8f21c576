// How models compare at each task type, and thinking levels of one model with each other.
import { cellKey } from '@winrate/shared-schema/contracts'
import type { ModelPattern, TaskMetrics, ThinkingPattern } from '@winrate/shared-schema/http'
import { LEAST_SAMPLES } from '../../cells/cell-ranking.ts'
import { clearComparisons } from './clear-comparisons.ts'
import { contrastRates } from './contrast.ts'

/** Bounds on the work, however many task types and models outcomes name. */
const MOST_TASK_TYPES = 100
const MOST_MODELS = 40

type Model = Pick<TaskMetrics, 'taskType' | 'provider' | 'modelName' | 'samples' | 'successes'>

/**
 * How each model does at each task type against the mean of the models there, itself included, each
 * model counting the same however much it was used. Compares the 40 models with the most samples at the
 * 100 task types with the most.
 */
export function findModelPatterns(cells: readonly TaskMetrics[]): ModelPattern[] {
  const byTaskType = new Map<string, { samples: number; models: Model[] }>()
  for (const model of addUpLevels(cells)) {
    const { samples, models } = byTaskType.get(model.taskType) ?? { samples: 0, models: [] }
    models.push(model)
    byTaskType.set(model.taskType, { samples: samples + model.samples, models })
  }
  const found = [...byTaskType.values()]
    .sort((one, other) => other.samples - one.samples)
    .slice(0, MOST_TASK_TYPES)
    .flatMap(({ models }) => compareWithMean(models))
  return clearComparisons(found)
}

function compareWithMean(models: readonly Model[]) {
  const compared = models
    .filter(({ samples }) => samples >= LEAST_SAMPLES)
    .sort((one, other) => other.samples - one.samples)
    .slice(0, MOST_MODELS)
  const count = compared.length
  if (count < 2) return []
  const mean =
    compared.reduce((sum, { successes, samples }) => sum + successes / samples, 0) / count
  return compared.map(({ successes, ...model }, own) => ({
    facts: {
      ...model,
      winRate: successes / model.samples,
      meanWinRate: Math.min(1, mean),
      models: count,
    },
    comparison: contrastRates(
      compared.map((each, at) => ({ ...each, weight: (at === own ? 1 : 0) - 1 / count })),
    ),
  }))
}

function addUpLevels(cells: readonly TaskMetrics[]): Iterable<Model> {
  const models = new Map<string, Model>()
  for (const { taskType, provider, modelName, samples, successes } of cells) {
    const key = cellKey({ taskType, provider, modelName })
    const known = models.get(key)
    models.set(key, {
      ...{ taskType, provider, modelName },
      samples: samples + (known?.samples ?? 0),
      successes: successes + (known?.successes ?? 0),
    })
  }
  return models.values()
}

/** How each thinking level does against the same model at the same task type without one. */
export function findThinkingPatterns(cells: readonly TaskMetrics[]): ThinkingPattern[] {
  const compared = cells.filter(({ samples }) => samples >= LEAST_SAMPLES)
  const plainCells = new Map(
    compared
      .filter(({ thinkingLevel }) => thinkingLevel === null)
      .map((cell) => [cellKey({ ...cell, thinkingLevel: '' }), cell]),
  )
  const found = compared.flatMap((cell) => {
    const { taskType, provider, modelName, thinkingLevel, samples, successes, winRate } = cell
    const plain = plainCells.get(cellKey({ taskType, provider, modelName }))
    if (plain === undefined || thinkingLevel === null) return []
    const facts = {
      ...{ taskType, provider, modelName, thinkingLevel, samples, winRate },
      plainSamples: plain.samples,
      plainWinRate: plain.winRate,
      responseTimeDifferenceMs: difference(
        cell.typicalResponseTimeMs,
        plain.typicalResponseTimeMs,
        3,
      ),
      costDifferenceUsd: difference(cell.typicalCostUsd, plain.typicalCostUsd, 9),
    }
    const comparison = contrastRates([
      { successes, samples, weight: 1 },
      { successes: plain.successes, samples: plain.samples, weight: -1 },
    ])
    return { facts, comparison }
  })
  return clearComparisons(found)
}

function difference(one: number | null, other: number | null, decimals: number): number | null {
  return one === null || other === null ? null : Number((one - other).toFixed(decimals))
}
