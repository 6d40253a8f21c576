import { runAtOnce, type Snapshot, type Steps } from '@winrate/shared-schema/contracts'
import { addEvidence, type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
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

/** Rows that are looked at in one step: a tenth of a millisecond before the code is compiled. */
const ROWS_PER_STEP = 500
/** Models whose levels are remembered. */
const LEVELS_KEPT = 10_000
const noCells: readonly Cell[] = []
const noPlaces: ReadonlyMap<string, readonly number[]> = new Map()
const noLayout: Pick<Layout, 'byTask'> = { byTask: new Map() }
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
export function createLearnedCells(snapshot: Snapshot | undefined): LearnedCells {
  const { byTask } = snapshot === undefined ? noLayout : runAtOnce(layoutInSteps(snapshot))
  const cellAt = rememberCells(snapshot)
  const levels = new BoundedMap<string, readonly (string | undefined)[]>(LEVELS_KEPT)
  const named = (taskType: string, { modelName, provider }: ModelQuestion): readonly Cell[] => {
    const places = placesByName(byTask.get(taskType), snapshot).get(modelName)
    if (places === undefined) return noCells
    return places.map(cellAt).filter((cell) => sameProvider(cell.provider, provider))
  }
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
    evidenceByModel: (taskType) =>
      [...placesByName(byTask.get(taskType), snapshot).values()].flatMap((places) =>
        byProvider(places.map(cellAt)),
      ),
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

function rememberCells(snapshot: Snapshot | undefined): (at: number) => Cell {
  const known = new Map<number, Cell>()
  return (at) => {
    const cell = known.get(at) ?? readCell(snapshot, at)
    known.set(at, cell)
    return cell
  }
}

function readCell(snapshot: Snapshot | undefined, at: number): Cell {
  const cells = snapshot?.cells
  const model = snapshot?.models[cells?.model[at] ?? -1]
  const samples = cells?.samples[at] ?? 0
  const successes = cells?.successes[at] ?? 0
  return {
    provider: model?.provider ?? '',
    thinkingLevel: model?.thinkingLevel,
    samples,
    successes,
    responseTimeMs: cells?.responseTimeMs[at] ?? null,
    costUsd: cells?.costUsd[at] ?? null,
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
