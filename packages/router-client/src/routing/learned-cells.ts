import type { Snapshot } from '@winrate/shared-schema/contracts'
import { addEvidence, type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'
import { sameProvider } from './candidate.ts'

/** What the window holds for a (task type, model), summed over what the question leaves open. */
export interface LearnedResult {
  readonly samples: number
  readonly successes: number
  /** Mean over the outcomes that reported one. */
  readonly responseTimeMs: number | undefined
  readonly costUsd: number | undefined
  /** What the posterior rests on. */
  readonly evidence: Evidence
  /** What has left the window and is fading. */
  readonly faded: Evidence
}

export interface ModelQuestion {
  readonly modelName: string
  readonly provider: string
  /** Only this level's outcomes; all levels' without it. */
  readonly thinkingLevel?: string | undefined
}

export interface LearnedCells {
  readonly taskTypes: readonly string[]
  sum(taskType: string, question: ModelQuestion): LearnedResult
  /** As `sum`, but without a thinking level only the outcomes of calls without one. */
  exactly(taskType: string, question: ModelQuestion): LearnedResult
  /** The evidence of the same model at this task type, but at its other thinking levels. */
  atOtherLevels(taskType: string, question: ModelQuestion): Evidence
  /** The levels that a model has outcomes at, at any task type; undefined for calls without one. */
  levelsOf(modelName: string, provider: string): readonly (string | undefined)[]
  /** The evidence of each model at a task type, all its levels together. */
  evidenceByModel(taskType: string): readonly Evidence[]
}

interface Cell {
  readonly provider: string
  readonly thinkingLevel: string | undefined
  readonly samples: number
  readonly successes: number
  readonly responseTimeMs: number | null
  readonly costUsd: number | null
  readonly evidence: Evidence
  readonly faded: Evidence
}

/** Models whose levels are remembered. */
const LEVELS_KEPT = 10_000
const noCells: readonly Cell[] = []
const nothing: LearnedResult = {
  samples: 0,
  successes: 0,
  responseTimeMs: undefined,
  costUsd: undefined,
  evidence: noEvidence,
  faded: noEvidence,
}

/** Far more than tells two rewards apart that chances can tell apart. */
const MOST_MASS = 1e9

type CellIndex = ReadonlyMap<string, ReadonlyMap<string, readonly Cell[]>>

/** Reads a snapshot's columns into an index by task type and model name. */
export function createLearnedCells(snapshot: Snapshot | undefined): LearnedCells {
  const byTask: CellIndex = snapshot === undefined ? new Map() : index(snapshot)
  const levels = new BoundedMap<string, readonly (string | undefined)[]>(LEVELS_KEPT)
  const named = (taskType: string, { modelName, provider }: ModelQuestion) =>
    byTask
      .get(taskType)
      ?.get(modelName)
      ?.filter((cell) => sameProvider(cell.provider, provider)) ?? noCells
  return {
    taskTypes: [...byTask.keys()],
    sum(taskType, question) {
      const { thinkingLevel: level } = question
      const cells = named(taskType, question)
      return sumUp(
        level === undefined ? cells : cells.filter(({ thinkingLevel }) => thinkingLevel === level),
      )
    },
    exactly(taskType, question) {
      const { thinkingLevel: level } = question
      return sumUp(named(taskType, question).filter(({ thinkingLevel }) => thinkingLevel === level))
    },
    atOtherLevels(taskType, question) {
      const { thinkingLevel: level } = question
      const others = named(taskType, question).filter(
        ({ thinkingLevel }) => thinkingLevel !== level,
      )
      return sumUp(others).evidence
    },
    levelsOf(modelName, provider) {
      const key = `${modelName}\u0000${provider}`
      const known = levels.get(key)
      if (known !== undefined) return known
      const cells = [...byTask.keys()].flatMap((type) => named(type, { modelName, provider }))
      const found = [...new Set(cells.map(({ thinkingLevel }) => thinkingLevel))]
      levels.set(key, found)
      return found
    },
    evidenceByModel: (taskType) => [...(byTask.get(taskType)?.values() ?? [])].flatMap(byProvider),
  }
}

function index({ tasks, models, cells }: Snapshot): CellIndex {
  const byTask = new Map<string, Map<string, Cell[]>>()
  cells.task.forEach((task, at) => {
    const taskType = tasks[task]
    const model = models[cells.model[at] ?? -1]
    if (taskType === undefined || model === undefined) return
    const byName = byTask.get(taskType) ?? new Map<string, Cell[]>()
    byTask.set(taskType, byName)
    const cellsOfName = byName.get(model.name) ?? []
    byName.set(model.name, cellsOfName)
    const samples = cells.samples[at] ?? 0
    const successes = cells.successes[at] ?? 0
    cellsOfName.push({
      provider: model.provider,
      thinkingLevel: model.thinkingLevel,
      samples,
      successes,
      responseTimeMs: cells.responseTimeMs[at] ?? null,
      costUsd: cells.costUsd[at] ?? null,
      evidence: {
        mass: boundedMass(cells.evidence?.[at] ?? samples),
        reward: cells.reward?.[at] ?? (samples > 0 ? successes / samples : 0),
      },
      faded: {
        mass: boundedMass(cells.fadedEvidence?.[at] ?? 0),
        reward: cells.fadedReward?.[at] ?? 0,
      },
    })
  })
  return byTask
}

/** So that sums and products of masses stay numbers. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}

function sumUp(cells: readonly Cell[]): LearnedResult {
  if (cells.length === 0) return nothing
  return {
    samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
    successes: cells.reduce((sum, cell) => sum + cell.successes, 0),
    responseTimeMs: weightedMean(cells, (cell) => cell.responseTimeMs),
    costUsd: weightedMean(cells, (cell) => cell.costUsd),
    evidence: cells.reduce((sum, cell) => addEvidence(sum, cell.evidence), noEvidence),
    faded: cells.reduce((sum, cell) => addEvidence(sum, cell.faded), noEvidence),
  }
}

function byProvider(cells: readonly Cell[]): readonly Evidence[] {
  const summed = new Map<string, Evidence>()
  for (const { provider, evidence } of cells) {
    summed.set(provider, addEvidence(summed.get(provider) ?? noEvidence, evidence))
  }
  return [...summed.values()]
}

function weightedMean(
  cells: readonly Cell[],
  measure: (cell: Cell) => number | null,
): number | undefined {
  let weight = 0
  let weighted = 0
  for (const cell of cells) {
    const value = measure(cell)
    if (value === null) continue
    weight += cell.samples
    weighted += cell.samples * value
  }
  return weight > 0 ? weighted / weight : undefined
}
