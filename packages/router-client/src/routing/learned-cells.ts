import type { Snapshot } from '@winrate/shared-schema/contracts'
import { sameProvider } from './candidate.ts'

/** What the window holds for a (task type, model), summed over what the question leaves open. */
export interface LearnedResult {
  readonly samples: number
  readonly successes: number
  /** Mean over the outcomes that reported one. */
  readonly responseTimeMs: number | undefined
  readonly costUsd: number | undefined
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
}

interface Cell {
  readonly provider: string
  readonly thinkingLevel: string | undefined
  readonly samples: number
  readonly successes: number
  readonly responseTimeMs: number | null
  readonly costUsd: number | null
}

/** Reads a snapshot's columns into an index by task type and model name. */
export function createLearnedCells(snapshot: Snapshot | undefined): LearnedCells {
  const byTask = snapshot === undefined ? new Map<string, Map<string, Cell[]>>() : index(snapshot)
  return {
    taskTypes: [...byTask.keys()],
    sum(taskType, { modelName, provider, thinkingLevel }) {
      const named = byTask.get(taskType)?.get(modelName) ?? []
      const cells = named.filter(
        (cell) =>
          sameProvider(cell.provider, provider) &&
          (thinkingLevel === undefined || cell.thinkingLevel === thinkingLevel),
      )
      return {
        samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
        successes: cells.reduce((sum, cell) => sum + cell.successes, 0),
        responseTimeMs: weightedMean(cells, (cell) => cell.responseTimeMs),
        costUsd: weightedMean(cells, (cell) => cell.costUsd),
      }
    },
  }
}

function index({ tasks, models, cells }: Snapshot): Map<string, Map<string, Cell[]>> {
  const byTask = new Map<string, Map<string, Cell[]>>()
  cells.task.forEach((task, at) => {
    const taskType = tasks[task]
    const model = models[cells.model[at] ?? -1]
    if (taskType === undefined || model === undefined) return
    const byName = byTask.get(taskType) ?? new Map<string, Cell[]>()
    byTask.set(taskType, byName)
    const named = byName.get(model.name) ?? []
    byName.set(model.name, named)
    named.push({
      provider: model.provider,
      thinkingLevel: model.thinkingLevel,
      samples: cells.samples[at] ?? 0,
      successes: cells.successes[at] ?? 0,
      responseTimeMs: cells.responseTimeMs[at] ?? null,
      costUsd: cells.costUsd[at] ?? null,
    })
  })
  return byTask
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
