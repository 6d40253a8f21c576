import type { ModelPattern, TaskMetrics } from '@winrate/shared-schema/http'
import { clearComparisons } from './clear-comparisons.ts'
import { contrastRates } from './contrast.ts'
import { LEAST_SAMPLES } from './least-samples.ts'

/** Bounds on the work, whatever task types and models somebody makes up. */
const MOST_TASK_TYPES = 100
const MOST_MODELS = 40

type Model = Pick<ModelPattern, 'taskType' | 'provider' | 'modelName' | 'samples'> & {
  readonly successes: number
}

/**
 * How each model does at each task type against the mean of the models there, itself included, each
 * model counting the same however much it was used. Takes the 40 models with the most samples of the
 * 100 task types with the most.
 */
export function findModelPatterns(cells: readonly TaskMetrics[]): ModelPattern[] {
  const found = [...groupByTaskType(addUpLevels(cells)).values()]
    .sort((one, other) => samplesOf(other) - samplesOf(one))
    .slice(0, MOST_TASK_TYPES)
    .flatMap(compareWithMean)
  return clearComparisons(found)
}

function compareWithMean(models: readonly Model[]) {
  const compared = models
    .filter(({ samples }) => samples >= LEAST_SAMPLES)
    .sort((one, other) => other.samples - one.samples)
    .slice(0, MOST_MODELS)
  const count = compared.length
  if (count < 2) return []
  const rates = compared.map(({ successes, samples }) => successes / samples)
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / count
  return compared.map(({ successes: _successes, ...model }, own) => ({
    facts: { ...model, winRate: rates[own] ?? 0, meanWinRate: Math.min(1, mean), models: count },
    comparison: contrastRates(
      compared.map((each, at) => ({ ...each, weight: (at === own ? 1 : 0) - 1 / count })),
    ),
  }))
}

function addUpLevels(cells: readonly TaskMetrics[]): Model[] {
  const models = new Map<string, Model>()
  for (const { taskType, provider, modelName, samples, successes } of cells) {
    const id = JSON.stringify([taskType, provider, modelName])
    const known = models.get(id)
    models.set(id, {
      taskType,
      provider,
      modelName,
      samples: samples + (known?.samples ?? 0),
      successes: successes + (known?.successes ?? 0),
    })
  }
  return [...models.values()]
}

function groupByTaskType(models: readonly Model[]): Map<string, Model[]> {
  const groups = new Map<string, Model[]>()
  for (const model of models) {
    const group = groups.get(model.taskType)
    if (group === undefined) groups.set(model.taskType, [model])
    else group.push(model)
  }
  return groups
}

function samplesOf(models: readonly Model[]): number {
  return models.reduce((sum, { samples }) => sum + samples, 0)
}
