import { cellValuesAt, type Snapshot } from '@winrate/shared-schema/contracts'
import type { LearnedCell, LearnedTable } from '@winrate/shared-schema/scoring'

const noCells: readonly LearnedCell[] = []
const noPlaces: ReadonlyMap<string, readonly number[]> = new Map()
const nothing: LearnedTable = { taskTypes: [], modelNames: () => [], cells: () => noCells }
/** Far more than tells two rewards apart that chances can tell apart. */
const MOST_MASS = 1e9

/** Where the cells of a task type stand in the columns. */
interface TaskPlaces {
  readonly all: number[]
  /** By model name; undefined until somebody asks. */
  byName: ReadonlyMap<string, readonly number[]> | undefined
}

/** Where cells stand, and the columns and dictionaries that say so. */
interface Layout {
  readonly byTask: ReadonlyMap<string, TaskPlaces>
  readonly tasks: Snapshot['tasks']
  readonly models: Snapshot['models']
  readonly model: readonly number[]
}

// A delta shares what it does not change with the snapshot before, which mostly is where cells stand.
const layouts = new WeakMap<readonly number[], Layout>()

/** Reads cells out of a snapshot's columns when they are asked for. */
export function createLearnedCells(snapshot: Snapshot | undefined): LearnedTable {
  if (snapshot === undefined) return nothing
  const { byTask } = layoutOf(snapshot)
  const cellAt = rememberCells(snapshot)
  const placesAt = (taskType: string) => placesByName(byTask.get(taskType), snapshot)
  return {
    taskTypes: [...byTask.keys()],
    modelNames: (taskType) => placesAt(taskType).keys(),
    cells: (taskType, modelName) => placesAt(taskType).get(modelName)?.map(cellAt) ?? noCells,
  }
}

function layoutOf({ tasks, models, cells }: Snapshot): Layout {
  const known = layouts.get(cells.task)
  if (known?.tasks === tasks && known.models === models && known.model === cells.model) return known
  const byTask = new Map<string, TaskPlaces>()
  for (const [at, task] of cells.task.entries()) {
    const taskType = tasks[task]
    if (taskType === undefined) continue
    const places = byTask.get(taskType)
    if (places === undefined) byTask.set(taskType, { all: [at], byName: undefined })
    else places.all.push(at)
  }
  const layout = { byTask, tasks, models, model: cells.model }
  layouts.set(cells.task, layout)
  return layout
}

function placesByName(
  places: TaskPlaces | undefined,
  { models, cells }: Snapshot,
): ReadonlyMap<string, readonly number[]> {
  if (places === undefined) return noPlaces
  if (places.byName !== undefined) return places.byName
  const byName = new Map<string, number[]>()
  for (const at of places.all) {
    const model = models[cells.model[at] ?? -1]
    if (model === undefined) continue
    const known = byName.get(model.name)
    if (known === undefined) byName.set(model.name, [at])
    else known.push(at)
  }
  places.byName = byName
  return byName
}

function rememberCells(snapshot: Snapshot): (at: number) => LearnedCell {
  const known = new Map<number, LearnedCell>()
  return (at) => {
    const cell = known.get(at) ?? readCell(snapshot, at)
    known.set(at, cell)
    return cell
  }
}

function readCell({ models, cells }: Snapshot, at: number): LearnedCell {
  const model = models[cells.model[at] ?? -1]
  const values = cellValuesAt(cells, at)
  return {
    provider: model?.provider ?? '',
    thinkingLevel: model?.thinkingLevel,
    samples: values.samples,
    successes: values.successes,
    responseTimeMs: values.responseTimeMs ?? undefined,
    costUsd: values.costUsd ?? undefined,
    evidence: { mass: boundedMass(values.evidence), reward: values.reward },
    faded: { mass: boundedMass(values.fadedEvidence), reward: values.fadedReward },
  }
}

/** So that sums and products of masses stay numbers. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}
