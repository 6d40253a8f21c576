// How alike two task types are, from how models' win rates move together: if models that are better at one
// are better at the other, too, outcomes of one are evidence for the other.
import { modelLevelKey, parentTask } from '@winrate/shared-schema/contracts'
import { taskSimilarity } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import type { CellMetrics } from './cell-metrics.ts'

/** A cell with less evidence takes no part. */
const LEAST_EVIDENCE = 20

/** Fewer common models say nothing. */
const LEAST_MODELS = 3

/** Common models at which what was learned weighs as much as the documented table. */
const TABLE_WORTH_MODELS = 10

/** A smaller difference to the table is not worth its bytes. */
const LEAST_DIFFERENCE = 0.01

/** How many task types are compared, those with the most evidence: pairs grow with the square of this. */
const MOST_TASK_TYPES = 64

/** A learned similarity, 0 to 1; `one` comes before `other` in order of names. */
export interface LearnedSimilarity {
  readonly one: string
  readonly other: string
  readonly value: number
}

interface Rate {
  readonly rate: number
  /** Variance of the rate that is due to the number of outcomes. */
  readonly noise: number
}

/**
 * The similarities that differ from the documented table: the correlation of the models' deviations
 * from each task type's mean, corrected for the noise of small numbers, weighted
 * `k·ρ / (k·ρ + 10)` against the table. k is the number of common models, ρ the share of the
 * variance that is not noise: models that hardly differ say nothing about similarity. Paths are not compared: what they
 * have in common is in their names.
 */
export function* learnSimilarity(
  cells: readonly CellMetrics[],
): Steps<readonly LearnedSimilarity[]> {
  const tasks = ratesByTask(cells)
  const learned: LearnedSimilarity[] = []
  for (const [at, { taskType: one, rates }] of tasks.entries()) {
    for (const { taskType: other, rates: others } of tasks.slice(at + 1)) {
      const table = taskSimilarity(one, other)
      const value = pairSimilarity(rates, others, table)
      if (value === undefined || Math.abs(value - table) < LEAST_DIFFERENCE) continue
      learned.push({ one, other, value: Number(value.toFixed(3)) })
    }
    yield
  }
  return learned
}

function ratesByTask(cells: readonly CellMetrics[]) {
  const tasks = new Map<string, { evidence: number; rates: Map<string, Rate> }>()
  for (const cell of cells) {
    const { taskType, evidence, reward } = cell
    if (evidence < LEAST_EVIDENCE || reward === null || parentTask(taskType) !== undefined) continue
    let task = tasks.get(taskType)
    if (task === undefined) {
      task = { evidence: 0, rates: new Map() }
      tasks.set(taskType, task)
    }
    task.evidence += evidence
    // As if one outcome more had gone each way: a rate of 1 is not free of noise.
    const likely = (evidence * reward + 1) / (evidence + 2)
    const noise = (likely * (1 - likely)) / evidence
    task.rates.set(modelLevelKey(cell), { rate: reward, noise })
  }
  return [...tasks]
    .map(([taskType, { evidence, rates }]) => ({ taskType, evidence, rates }))
    .filter(({ rates }) => rates.size >= LEAST_MODELS)
    .sort((one, other) => other.evidence - one.evidence || (one.taskType < other.taskType ? -1 : 1))
    .slice(0, MOST_TASK_TYPES)
    .sort((one, other) => (one.taskType < other.taskType ? -1 : 1))
}

function pairSimilarity(
  ones: ReadonlyMap<string, Rate>,
  others: ReadonlyMap<string, Rate>,
  table: number,
): number | undefined {
  const common: { one: Rate; other: Rate }[] = []
  for (const [model, one] of ones) {
    const other = others.get(model)
    if (other !== undefined) common.push({ one, other })
  }
  if (common.length < LEAST_MODELS) return undefined
  const one = spread(common.map((pair) => pair.one))
  const other = spread(common.map((pair) => pair.other))
  const signal = Math.sqrt(one.signal * other.signal)
  if (signal === 0) return undefined
  let product = 0
  for (const pair of common) product += (pair.one.rate - one.mean) * (pair.other.rate - other.mean)
  const covariance = product / (common.length - 1)
  const correlation = covariance / Math.sqrt(one.variance * other.variance) / signal
  const models = common.length * signal
  const weight = models / (models + TABLE_WORTH_MODELS)
  return weight * Math.min(1, Math.max(0, correlation)) + (1 - weight) * table
}

/** Mean and variance; `signal` is the share of the variance that is not noise. */
function spread(rates: readonly Rate[]): { mean: number; variance: number; signal: number } {
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length
  const squares = rates.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0)
  const variance = squares / (rates.length - 1)
  const noise = rates.reduce((sum, rate) => sum + rate.noise, 0) / rates.length
  return { mean, variance, signal: variance <= noise ? 0 : (variance - noise) / variance }
}
