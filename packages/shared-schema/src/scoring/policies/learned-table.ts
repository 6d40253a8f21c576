// What was learned, as cells, and the sums over them that decisions rest on. A client reads cells out of its
// snapshot, the evaluator sums up logged outcomes: both implement `LearnedTable`.
//   Anybody who may send outcomes decides how many cells there are. So nothing here goes over a whole table: an
// estimate reads the cells of its model at a bounded number of task types.
import { type ModelLevel, type ModelName, sameProvider } from '../../contracts/names/cell-name.ts'
import type { RelatedBase } from '../estimates/task-bases.ts'
import { fourthRoot, typicalValue } from '../estimates/typical-value.ts'
import { addEvidence, type Evidence, noEvidence } from '../rewards/posterior.ts'

/** What was learned of some outcomes. */
export interface LearnedSums {
  readonly samples: number
  readonly successes: number
  /** What a call typically takes, by the outcomes that reported it. */
  readonly responseTimeMs: number | undefined
  /** What a call typically costs in US dollars, by the outcomes that reported it. */
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
  /** The cells of one model name at a task type: all providers, all thinking levels. */
  cells(taskType: string, modelName: string): readonly LearnedCell[]
  /** The task types that have cells of a model name, the best known ones where there are many. */
  taskTypesOf(modelName: string): readonly string[]
  /** The paths of a first segment that have cells of a model name, the best known ones where there are many; no strata. */
  pathsOf(root: string, modelName: string): readonly string[]
  /** How well models do at a task type on the whole: see `TaskBases`. */
  base(taskType: string): RelatedBase
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

/** The models that a base rests on: see `taskBase`. */
export interface BaseModels {
  readonly listed: Evidence[]
  readonly unlisted: Evidence[]
}

/**
 * Adds the models of one name to those that a base rests on. Of a listed name one provider counts as listed, the
 * best known one: anybody may report the name at others.
 */
export function addToBase(
  { listed, unlisted }: BaseModels,
  cells: readonly LearnedCell[],
  isListed: boolean,
): void {
  const models = evidenceByProvider(cells)
  const best = models.reduce<Evidence | undefined>(
    (most, one) => (most === undefined || one.mass > most.mass ? one : most),
    undefined,
  )
  for (const one of models) (isListed && one === best ? listed : unlisted).push(one)
}

/** The evidence of each model among the cells of one name, all its levels together. */
function evidenceByProvider(cells: readonly LearnedCell[]): readonly Evidence[] {
  const [first] = cells
  if (first !== undefined && cells.length === 1) return [first.evidence]
  const byProvider = new Map<string, Evidence>()
  for (const { provider, evidence } of cells) {
    byProvider.set(provider, addEvidence(byProvider.get(provider) ?? noEvidence, evidence))
  }
  return [...byProvider.values()]
}

/** Thinking levels that one model is tried at. */
const LEVELS_TRIED = 8
/** Outcomes from which a level is tried that the catalogue does not list. */
const UNLISTED_LEVEL_FROM = 30

/**
 * The thinking levels that a model is tried at where neither the request nor its candidate names one, the most
 * used first. A level that the fleet has never called it at, at any task type, is not tried: it may cost a
 * multiple. Nor is one that no catalogue lists and hardly any outcome used: anybody may report such a level.
 */
export function levelsToTry(
  table: LearnedTable,
  model: ModelName & { readonly thinkingLevels?: readonly string[] | undefined },
  { choosesLevels }: { readonly choosesLevels: boolean },
): readonly (string | undefined)[] {
  if (!choosesLevels) return [undefined]
  const samples = new Map<string | undefined, number>()
  for (const taskType of table.taskTypesOf(model.modelName)) {
    for (const cell of cellsOf(table, taskType, model)) {
      const { thinkingLevel } = cell
      samples.set(thinkingLevel, (samples.get(thinkingLevel) ?? 0) + cell.samples)
    }
  }
  const tried = [...samples]
    .filter(
      ([level, count]) =>
        level === undefined ||
        count >= UNLISTED_LEVEL_FROM ||
        model.thinkingLevels?.includes(level) === true,
    )
    .sort(([, one], [, other]) => other - one)
    .slice(0, LEVELS_TRIED)
    .map(([level]) => level)
  return tried.length === 0 ? [undefined] : tried
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
  const [first] = cells
  if (first === undefined) return nothing
  let { samples, successes, evidence, faded } = first
  for (let at = 1; at < cells.length; at += 1) {
    const cell = cells[at]
    if (cell === undefined) continue
    samples += cell.samples
    successes += cell.successes
    evidence = addEvidence(evidence, cell.evidence)
    faded = addEvidence(faded, cell.faded)
  }
  return {
    samples,
    successes,
    responseTimeMs: typicalBySamples(cells, (cell) => cell.responseTimeMs),
    costUsd: typicalBySamples(cells, (cell) => cell.costUsd),
    evidence,
    faded,
  }
}

/** What is typical of what is measured, by samples; undefined where hardly anything is. */
export function typicalBySamples<Of extends Pick<LearnedSums, 'samples'>>(
  sums: readonly Of[],
  measure: (one: Of) => number | undefined,
): number | undefined {
  let count = 0
  let sum = 0
  let rootSum = 0
  for (const one of sums) {
    const value = measure(one)
    if (value === undefined) continue
    count += one.samples
    sum += one.samples * value
    rootSum += one.samples * fourthRoot(value)
  }
  return typicalValue({ count, sum, rootSum })
}
