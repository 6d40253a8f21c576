// What a snapshot says was learned: its cells, and how alike its task types are.
import { cellValuesAt, type Snapshot } from '@winrate/shared-schema/contracts'
import {
  type DeclaredSimilarity,
  type LearnedCell,
  type LearnedTable,
  taskSimilarity,
} from '@winrate/shared-schema/scoring'

type CellsByModel = ReadonlyMap<string, readonly LearnedCell[]>

const noCells: readonly LearnedCell[] = []
const noModels: CellsByModel = new Map()
const nothing: LearnedTable = { taskTypes: [], modelNames: () => [], cells: () => noCells }
/** More evidence than this does not change any chance. */
const MOST_MASS = 1e9

/** Reads the cells of a task type out of a snapshot's columns when they are first needed. */
export function createLearnedCells(snapshot: Snapshot | undefined): LearnedTable {
  if (snapshot === undefined) return nothing
  const rowsOf = new Map<string, number[]>()
  for (const [row, task] of snapshot.cells.task.entries()) {
    const taskType = snapshot.tasks[task]
    if (taskType !== undefined) findOrAdd(rowsOf, taskType).push(row)
  }
  const read = new Map<string, CellsByModel>()

  function modelsAt(taskType: string): CellsByModel {
    const rows = rowsOf.get(taskType)
    if (snapshot === undefined || rows === undefined) return noModels
    const models = read.get(taskType) ?? readCells(snapshot, rows)
    read.set(taskType, models)
    return models
  }

  return {
    taskTypes: [...rowsOf.keys()],
    modelNames: (taskType) => modelsAt(taskType).keys(),
    cells: (taskType, modelName) => modelsAt(taskType).get(modelName) ?? noCells,
  }
}

/** What the user declares takes precedence over what the worker has learned, and that over the defaults. */
export function createSimilarity(declared: DeclaredSimilarity, snapshot: Snapshot | undefined) {
  const { one: ones = [], other: others = [], value: values = [] } = snapshot?.similarity ?? {}
  const learned: Record<string, Record<string, number>> = {}
  for (const [at, value] of values.entries()) {
    const one = snapshot?.tasks[ones[at] ?? -1]
    const other = snapshot?.tasks[others[at] ?? -1]
    if (one !== undefined && other !== undefined) learned[one] = { ...learned[one], [other]: value }
  }
  return (one: string, other: string) => taskSimilarity(one, other, declared, learned)
}

function readCells({ models, cells }: Snapshot, rows: readonly number[]): CellsByModel {
  const byModel = new Map<string, LearnedCell[]>()
  for (const row of rows) {
    const model = models[cells.model[row] ?? -1]
    if (model === undefined) continue
    const values = cellValuesAt(cells, row)
    findOrAdd(byModel, model.name).push({
      provider: model.provider,
      thinkingLevel: model.thinkingLevel,
      samples: values.samples,
      successes: values.successes,
      responseTimeMs: values.responseTimeMs ?? undefined,
      costUsd: values.costUsd ?? undefined,
      evidence: { mass: boundedMass(values.evidence), reward: values.reward },
      faded: { mass: boundedMass(values.fadedEvidence), reward: values.fadedReward },
    })
  }
  return byModel
}

/** Keeps sums and products of masses finite. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}

function findOrAdd<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
