// What was learned, as cells, and the sums over them that decisions rest on. A client reads cells out of its
// snapshot, the evaluator sums up logged outcomes: both implement `LearnedTable`.
import { type ModelLevel, type ModelName, sameProvider } from '../../contracts/names/cell-name.ts'
import { addEvidence, type Evidence, noEvidence } from '../rewards/posterior.ts'

/** What was learned of some outcomes. */
export interface LearnedSums {
  readonly samples: number
  readonly successes: number
  /** Mean over the outcomes that reported one. */
  readonly responseTimeMs: number | undefined
  /** Mean in US dollars over the outcomes that reported one. */
  readonly costUsd: number | undefined
  /** What a posterior rests on. */
  readonly evidence: Evidence
  /** What has left the window and is fading. */
  readonly faded: Evidence
}

export interface LearnedCell extends LearnedSums {
  readonly provider: string
  /** Undefined for calls without one. */
  readonly thinkingLevel: string | undefined
}

export interface LearnedTable {
  readonly taskTypes: readonly string[]
  /** The names of the models that have cells at a task type. */
  modelNames(taskType: string): Iterable<string>
  /** The cells of one model name at a task type: all providers, all thinking levels. */
  cells(taskType: string, modelName: string): readonly LearnedCell[]
}

/** A model over all its thinking levels. */
export function sumLevels(table: LearnedTable, taskType: string, model: ModelName): LearnedSums {
  return sumCells(cellsOf(table, taskType, model))
}

/** A model at exactly this thinking level, or called without one. */
export function sumLevel(table: LearnedTable, taskType: string, model: ModelLevel): LearnedSums {
  return sumCells(cellsOf(table, taskType, model).filter((cell) => isAtLevel(cell, model)))
}

/** The evidence of a model at its other thinking levels. */
export function evidenceAtOtherLevels(
  table: LearnedTable,
  taskType: string,
  model: ModelLevel,
): Evidence {
  return cellsOf(table, taskType, model)
    .filter((cell) => !isAtLevel(cell, model))
    .reduce((sum, cell) => addEvidence(sum, cell.evidence), noEvidence)
}

/** The evidence of each model at a task type, all its levels together. */
export function evidenceByModel(table: LearnedTable, taskType: string): readonly Evidence[] {
  return [...table.modelNames(taskType)].flatMap((modelName) => {
    const byProvider = new Map<string, Evidence>()
    for (const { provider, evidence } of table.cells(taskType, modelName)) {
      byProvider.set(provider, addEvidence(byProvider.get(provider) ?? noEvidence, evidence))
    }
    return [...byProvider.values()]
  })
}

/**
 * The thinking levels that a model is tried at where neither the request nor its candidate names one. A level that the fleet has never
 * called it at, at any task type, is not tried: it may cost a multiple.
 */
export function levelsToTry(
  table: LearnedTable,
  model: ModelName,
  { choosesLevels }: { readonly choosesLevels: boolean },
): readonly (string | undefined)[] {
  if (!choosesLevels) return [undefined]
  const levels = new Set<string | undefined>()
  for (const taskType of table.taskTypes) {
    for (const { thinkingLevel } of cellsOf(table, taskType, model)) levels.add(thinkingLevel)
  }
  return levels.size === 0 ? [undefined] : [...levels]
}

function cellsOf(
  table: LearnedTable,
  taskType: string,
  { modelName, provider }: ModelName,
): readonly LearnedCell[] {
  const cells = table.cells(taskType, modelName)
  return cells.filter((cell) => sameProvider(cell.provider, provider))
}

function isAtLevel(cell: LearnedCell, { thinkingLevel }: ModelLevel): boolean {
  return cell.thinkingLevel === thinkingLevel
}

const nothing: LearnedSums = {
  samples: 0,
  successes: 0,
  responseTimeMs: undefined,
  costUsd: undefined,
  evidence: noEvidence,
  faded: noEvidence,
}

function sumCells(cells: readonly LearnedCell[]): LearnedSums {
  if (cells.length === 0) return nothing
  return {
    samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
    successes: cells.reduce((sum, cell) => sum + cell.successes, 0),
    responseTimeMs: meanBySamples(cells, (cell) => cell.responseTimeMs),
    costUsd: meanBySamples(cells, (cell) => cell.costUsd),
    evidence: cells.reduce((sum, cell) => addEvidence(sum, cell.evidence), noEvidence),
    faded: cells.reduce((sum, cell) => addEvidence(sum, cell.faded), noEvidence),
  }
}

/** The mean of what is measured, by samples; undefined where nothing is. */
export function meanBySamples(
  sums: readonly LearnedSums[],
  measure: (one: LearnedSums) => number | undefined,
): number | undefined {
  let weight = 0
  let weighted = 0
  for (const one of sums) {
    const value = measure(one)
    if (value === undefined) continue
    weight += one.samples
    weighted += one.samples * value
  }
  return weight > 0 ? weighted / weight : undefined
}
