// How models compare at each task type, and thinking levels of one model with each other.
import { cellKey } from '@winrate/shared-schema/contracts'
import type { ModelPattern, TaskMetrics, ThinkingPattern } from '@winrate/shared-schema/http'
import { LEAST_SAMPLES } from '../../cells/cell-ranking.ts'
import { contrastRates, type Rate } from '../contrast/contrast.ts'
import { type DesignEffect, rateDesignEffect } from '../contrast/design-effect.ts'
import { clearComparisons } from './clear-comparisons.ts'
import type { InstanceSums } from './instance-patterns.ts'

/** Bounds on the work, however many task types and models outcomes name. */
const MOST_TASK_TYPES = 100
const MOST_MODELS = 40

type CellOf = Pick<TaskMetrics, 'taskType' | 'provider' | 'modelName' | 'thinkingLevel'>

/** How far the outcomes of an instance's day hang together, by model and by cell. */
export interface DesignEffects {
  ofModel(model: Omit<CellOf, 'thinkingLevel'>): DesignEffect
  ofCell(cell: CellOf): DesignEffect
}

/** @param sums Sums of instances by day, which are the clusters. */
export function createDesignEffects(sums: readonly InstanceSums[]): DesignEffects {
  const clusters = new Map<string, Map<string, Rate>>()
  const add = (key: string, cluster: string, { samples, successes }: Rate) => {
    const ofKey = clusters.get(key) ?? new Map<string, Rate>()
    clusters.set(key, ofKey)
    const known = ofKey.get(cluster) ?? { samples: 0, successes: 0 }
    ofKey.set(cluster, {
      samples: known.samples + samples,
      successes: known.successes + successes,
    })
  }
  for (const row of sums) {
    const { taskType, provider, modelName, instanceId, span } = row
    const cluster = `${span} ${instanceId}`
    add(cellKey(row), cluster, row)
    add(`all ${cellKey({ taskType, provider, modelName })}`, cluster, row)
  }
  const effects = new Map<string, DesignEffect>()
  const effectOf = (key: string) => {
    const known = effects.get(key)
    if (known !== undefined) return known
    const effect = rateDesignEffect([...(clusters.get(key)?.values() ?? [])])
    effects.set(key, effect)
    return effect
  }
  return {
    ofModel: ({ taskType, provider, modelName }) =>
      effectOf(`all ${cellKey({ taskType, provider, modelName })}`),
    ofCell: (cell) => effectOf(cellKey({ ...cell, thinkingLevel: cell.thinkingLevel ?? '' })),
  }
}

/** As many independent outcomes as tell about as much. */
function effective({ successes, samples }: Rate, { effect }: DesignEffect): Rate {
  return { successes: successes / effect, samples: samples / effect }
}

type Model = Pick<TaskMetrics, 'taskType' | 'provider' | 'modelName' | 'samples' | 'successes'>

/**
 * How each model does at each task type against the mean of the models there, itself included, each
 * model counting the same however much it was used. Compares the 40 models with the most samples at the
 * 100 task types with the most.
 */
export function findModelPatterns(
  cells: readonly TaskMetrics[],
  effects = createDesignEffects([]),
): ModelPattern[] {
  const byTaskType = new Map<string, { samples: number; models: Model[] }>()
  for (const model of addUpLevels(cells)) {
    const { samples, models } = byTaskType.get(model.taskType) ?? { samples: 0, models: [] }
    models.push(model)
    byTaskType.set(model.taskType, { samples: samples + model.samples, models })
  }
  const found = [...byTaskType.values()]
    .sort((one, other) => other.samples - one.samples)
    .slice(0, MOST_TASK_TYPES)
    .flatMap(({ models }) => compareWithMean(models, effects))
  return clearComparisons(found)
}

function compareWithMean(models: readonly Model[], effects: DesignEffects) {
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
      compared.map((each, at) => ({
        ...effective(each, effects.ofModel(each)),
        weight: (at === own ? 1 : 0) - 1 / count,
      })),
      effects.ofModel(model).freedom,
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
export function findThinkingPatterns(
  cells: readonly TaskMetrics[],
  effects = createDesignEffects([]),
): ThinkingPattern[] {
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
    const [own, reference] = [effects.ofCell(cell), effects.ofCell(plain)]
    const comparison = contrastRates(
      [
        { ...effective({ successes, samples }, own), weight: 1 },
        { ...effective(plain, reference), weight: -1 },
      ],
      Math.min(own.freedom, reference.freedom),
    )
    return { facts, comparison }
  })
  return clearComparisons(found)
}

function difference(one: number | null, other: number | null, decimals: number): number | null {
  return one === null || other === null ? null : Number((one - other).toFixed(decimals))
}
