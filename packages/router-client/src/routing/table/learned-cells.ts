import { runAtOnce, type Snapshot, type Steps } from '@winrate/shared-schema/contracts'
import type { LearnedCell, LearnedTable } from '@winrate/shared-schema/scoring'

/** Rows that are looked at in one step: a tenth of a millisecond before the code is compiled. */
const ROWS_PER_STEP = 500
const noCells: readonly LearnedCell[] = []
const noPlaces: ReadonlyMap<string, readonly number[]> = new Map()
const noLayout: Pick<Layout, 'byTask'> = { byTask: new Map() }
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
  const { byTask } = snapshot === undefined ? noLayout : runAtOnce(layoutInSteps(snapshot))
  const cellAt = rememberCells(snapshot)
  const placesAt = (taskType: string) => placesByName(byTask.get(taskType), snapshot)
  return {
    taskTypes: [...byTask.keys()],
    modelNames: (taskType) => placesAt(taskType).keys(),
    cells: (taskType, modelName) => placesAt(taskType).get(modelName)?.map(cellAt) ?? noCells,
  }
}

/** Finds out where a snapshot's cells stand before it is put to use, for those who must not wait. */
export function* prepareLearnedCells(snapshot: Snapshot): Steps<void> {
  yield* layoutInSteps(snapshot)
}

function* layoutInSteps({ tasks, models, cells }: Snapshot): Steps<Layout> {
  const known = layouts.get(cells.task)
  if (known?.tasks === tasks && known.models === models && known.model === cells.model) return known
  const byTask = new Map<string, TaskPlaces>()
  for (let at = 0; at < cells.task.length; at += 1) {
    if (at % ROWS_PER_STEP === 0) yield
    const taskType = tasks[cells.task[at] ?? -1]
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
  snapshot: Snapshot | undefined,
): ReadonlyMap<string, readonly number[]> {
  if (places === undefined || snapshot === undefined) return noPlaces
  if (places.byName !== undefined) return places.byName
  const { models, cells } = snapshot
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

function rememberCells(snapshot: Snapshot | undefined): (at: number) => LearnedCell {
  const known = new Map<number, LearnedCell>()
  return (at) => {
    const cell = known.get(at) ?? readCell(snapshot, at)
    known.set(at, cell)
    return cell
  }
}

function readCell(snapshot: Snapshot | undefined, at: number): LearnedCell {
  const cells = snapshot?.cells
  const model = snapshot?.models[cells?.model[at] ?? -1]
  const samples = cells?.samples[at] ?? 0
  const successes = cells?.successes[at] ?? 0
  return {
    provider: model?.provider ?? '',
    thinkingLevel: model?.thinkingLevel,
    samples,
    successes,
    responseTimeMs: cells?.responseTimeMs[at] ?? undefined,
    costUsd: cells?.costUsd[at] ?? undefined,
    evidence: {
      mass: boundedMass(cells?.evidence?.[at] ?? samples),
      reward: cells?.reward?.[at] ?? (samples > 0 ? successes / samples : 0),
    },
    faded: {
      mass: boundedMass(cells?.fadedEvidence?.[at] ?? 0),
      reward: cells?.fadedReward?.[at] ?? 0,
    },
  }
}

/** So that sums and products of masses stay numbers. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}
