// What had been learned at a moment, as sums of outcomes: what a policy chooses from.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { LearnedCell, LearnedTable } from '@winrate/shared-schema/scoring'

/** What a request may be given to; the thinking level is empty where the model is called without one. */
export type Candidate = Omit<CellName, 'taskType'>

/** Sums of one cell over the outcomes that count. */
export interface CellOutcomes extends CellName {
  readonly samples: number
  readonly successes: number
  readonly rewardSum: number
  readonly costSumUsd: number
  readonly costCount: number
}

/** What is learned of: policies learn from rewards, success is evaluated beside them. */
export type LearnedMeasure = 'reward' | 'success'

/** Adds up the sums of each cell. */
export function addUpCells(outcomes: Iterable<CellOutcomes>): readonly CellOutcomes[] {
  const byCell = new Map<string, CellOutcomes>()
  for (const one of outcomes) {
    const key = cellKey(one)
    const before = byCell.get(key)
    byCell.set(key, before === undefined ? one : add(before, one))
  }
  return [...byCell.values()]
}

/** The cells as policies learn from them, with the evidence of one measure. */
export function createLearnedTable(
  cells: readonly CellOutcomes[],
  measure: LearnedMeasure,
): LearnedTable {
  const byTask = new Map<string, Map<string, LearnedCell[]>>()
  for (const cell of cells) {
    const byName = byTask.get(cell.taskType) ?? new Map<string, LearnedCell[]>()
    byTask.set(cell.taskType, byName)
    byName.set(cell.modelName, [...(byName.get(cell.modelName) ?? []), learnedCell(cell, measure)])
  }
  return {
    taskTypes: [...byTask.keys()],
    modelNames: (taskType) => byTask.get(taskType)?.keys() ?? [],
    cells: (taskType, modelName) => byTask.get(taskType)?.get(modelName) ?? [],
  }
}

function learnedCell(cell: CellOutcomes, measure: LearnedMeasure): LearnedCell {
  const { provider, thinkingLevel, samples, successes, rewardSum, costSumUsd, costCount } = cell
  const sum = measure === 'reward' ? rewardSum : successes
  return {
    provider,
    thinkingLevel: thinkingLevel === '' ? undefined : thinkingLevel,
    samples,
    successes,
    responseTimeMs: undefined,
    costUsd: costCount === 0 ? undefined : costSumUsd / costCount,
    evidence: { mass: samples, reward: samples === 0 ? 0 : sum / samples },
    faded: { mass: 0, reward: 0 },
  }
}

function add(one: CellOutcomes, other: CellOutcomes): CellOutcomes {
  return {
    ...one,
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
    rewardSum: one.rewardSum + other.rewardSum,
    costSumUsd: one.costSumUsd + other.costSumUsd,
    costCount: one.costCount + other.costCount,
  }
}
