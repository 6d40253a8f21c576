// What a snapshot says was learned: its cells, in an order that finds those of a model at a task type.
//   Whoever may send outcomes decides how many cells a snapshot has. So the whole table is gone over once, in
// steps, when the snapshot arrives. Afterwards nothing that is asked reads more than a bounded number of cells.
// Values stay in the snapshot's columns: an object for each cell takes ten times the memory.
import {
  cellValuesAt,
  isStratum,
  type ModelName,
  rootTask,
  type Snapshot,
  taskNames,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import {
  addToBase,
  type BaseModels,
  BORROWED_FROM,
  type LearnedCell,
  type LearnedTable,
  type TaskBase,
  TaskBases,
  taskBase,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import {
  type CellGroups,
  ENTRIES_PER_STEP,
  groupCells,
  type NumberedNames,
  numberNames,
  sortBy,
  upTo,
} from './cell-groups.ts'
import { Greatest } from './greatest.ts'

/** Cells that are kept as objects; twice as many at most. */
const CELLS_KEPT = 10_000
/** More evidence than this does not change any chance. */
const MOST_MASS = 1e9

/** Names of which a snapshot has no cell have no groups. */
const NO_NAME = -1

const noCells: readonly LearnedCell[] = []
const noTaskTypes: readonly string[] = []
const unknownBase = { ...taskBase([]), ownCertainty: 0 }
const nothing: LearnedTable = {
  cells: () => noCells,
  taskTypesOf: () => noTaskTypes,
  pathsOf: () => noTaskTypes,
  base: () => unknownBase,
}

export interface CellNames {
  /** Whether somebody named a model in a catalogue, in defaults or as a candidate. */
  readonly isListed: (modelName: string) => boolean
  /** The name that a model has here: a worker of an earlier version publishes more than one of a model. */
  readonly nameOf: (given: ModelName) => ModelName
  /** The name that the worker knows a model by, which has another catalogue where the user adds to it. */
  readonly fleetNameOf: (given: ModelName) => ModelName
}

const asPublished: CellNames = {
  isListed: () => true,
  nameOf: (given) => given,
  fleetNameOf: (given) => given,
}

/** Puts the cells of a snapshot in order. */
export function* readLearnedCells(
  snapshot: Snapshot | undefined,
  { isListed, nameOf, fleetNameOf }: CellNames = asPublished,
): Steps<LearnedTable> {
  if (snapshot === undefined) return nothing
  const { cells, models } = snapshot
  const providers: string[] = []
  const names = yield* numberNames(models.length, (at) => {
    const { name = '', provider = UNKNOWN_PROVIDER } = models[at] ?? {}
    const { modelName, provider: known } = nameOf({ modelName: name, provider })
    // What is published without a provider counts for any.
    providers.push(provider === UNKNOWN_PROVIDER ? provider : known)
    return modelName
  })
  const taskTypes = taskNames(snapshot)
  const tasks = yield* numberNames(taskTypes.length, (at) => taskTypes[at] ?? '')
  const groups = yield* groupCells(snapshot, names, tasks)
  const best = yield* bestKnownTasks(snapshot, groups)
  const paths = yield* bestKnownPaths(snapshot, groups, tasks.names)
  const kept = new BoundedMap<number, readonly LearnedCell[]>(
    CELLS_KEPT,
    ({ length }) => length + 1,
  )

  function read(group: number): readonly LearnedCell[] {
    const cellsOfGroup: LearnedCell[] = []
    for (let at = groups.from(group); at < groups.from(group + 1); at += 1) {
      const row = groups.rows[at] ?? 0
      const place = cells.model[row] ?? -1
      const model = models[place]
      if (model === undefined) continue
      const values = cellValuesAt(cells, row)
      cellsOfGroup.push({
        provider: providers[place] ?? model.provider,
        thinkingLevel: model.thinkingLevel,
        samples: values.samples,
        successes: values.successes,
        responseTimeMs: values.responseTimeMs ?? undefined,
        costUsd: values.costUsd ?? undefined,
        evidence: { mass: boundedMass(values.evidence), reward: values.reward },
        faded: { mass: boundedMass(values.fadedEvidence), reward: values.fadedReward },
      })
    }
    return cellsOfGroup
  }

  const numbers = new BoundedMap<string, number>(CELLS_KEPT)
  function numberOf(modelName: string): number {
    const number = names.numbers.get(modelName) ?? numbers.get(modelName)
    if (number !== undefined) return number
    const fleetName = nameOf(fleetNameOf({ modelName, provider: UNKNOWN_PROVIDER }))
    const found = names.numbers.get(fleetName.modelName) ?? NO_NAME
    numbers.set(modelName, found)
    return found
  }

  const owns = publishedBases(snapshot) ?? (yield* findBases(groups, names, tasks, isListed, read))
  const bases = yield* relateBases(tasks, owns)
  return {
    cells(taskType, modelName) {
      const group = groups.find(numberOf(modelName), tasks.numbers.get(taskType))
      if (group === undefined) return noCells
      const known = kept.get(group)
      if (known !== undefined) return known
      const made = read(group)
      kept.set(group, made)
      return made
    },
    taskTypesOf(modelName) {
      const name = numberOf(modelName)
      if (name === NO_NAME) return noTaskTypes
      const chosen = best.get(name) ?? groups.ofName(name)
      return chosen.map((group) => tasks.names[groups.taskOf(group)] ?? '')
    },
    pathsOf: (root, modelName) => paths.get(`${root} ${numberOf(modelName)}`) ?? noTaskTypes,
    base: (taskType) => bases.of(taskType),
  }
}

/** Keeps sums and products of masses finite. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}

/** The groups with the most samples, of each name that has more than an estimate borrows from. */
function* bestKnownTasks(
  { cells }: Snapshot,
  groups: CellGroups,
): Steps<ReadonlyMap<number, readonly number[]>> {
  const best = new Map<number, readonly number[]>()
  for (let group = 0, name = 0; group < groups.count; name += 1) {
    const end = groups.fromName(name + 1)
    if (end - group <= BORROWED_FROM) {
      group = end
      if (name % ENTRIES_PER_STEP === 0) yield
      continue
    }
    const largest = new Greatest(BORROWED_FROM)
    for (; group < end; group += 1) {
      largest.add(group, samplesOf(cells, groups, group))
      if (group % ENTRIES_PER_STEP === 0) yield
    }
    best.set(name, largest.items)
  }
  return best
}

/** What the worker found, which bounds what single instances make of it. */
function publishedBases({ bases }: Snapshot) {
  return (
    bases &&
    ((task: number): TaskBase => ({
      mean: bases.mean[task] ?? unknownBase.mean,
      certainty: bases.certainty[task] ?? 0,
      priorMass: bases.priorMass[task] ?? unknownBase.priorMass,
    }))
  )
}

/** The paths with the most samples of each first segment and model name, at most as many as an estimate borrows from. */
function* bestKnownPaths(
  { cells }: Snapshot,
  groups: CellGroups,
  tasks: readonly string[],
): Steps<ReadonlyMap<string, readonly string[]>> {
  const best = new Map<string, Greatest>()
  if (!tasks.some(isPath)) return new Map()
  for (let name = 0, group = 0; group < groups.count; group += 1) {
    while (group >= groups.fromName(name + 1)) name += 1
    const task = groups.taskOf(group)
    const path = tasks[task] ?? ''
    if (group % ENTRIES_PER_STEP === 0) yield
    if (!isPath(path) || isStratum(path)) continue
    const key = `${rootTask(path)} ${name}`
    const largest = best.get(key) ?? new Greatest(BORROWED_FROM)
    best.set(key, largest)
    largest.add(task, samplesOf(cells, groups, group))
  }
  const namesOf = ({ items }: Greatest) => items.map((task) => tasks[task] ?? '')
  return new Map([...best].map(([key, largest]) => [key, namesOf(largest)]))
}

function isPath(taskType: string): boolean {
  return taskType.includes('/')
}

function samplesOf(cells: Snapshot['cells'], groups: CellGroups, group: number): number {
  let samples = 0
  for (let at = groups.from(group); at < groups.from(group + 1); at += 1) {
    samples += cells.samples[groups.rows[at] ?? 0] ?? 0
  }
  return samples
}

function* findBases(
  groups: CellGroups,
  names: NumberedNames,
  tasks: NumberedNames,
  isListed: (modelName: string) => boolean,
  read: (group: number) => readonly LearnedCell[],
) {
  const nameOf = new Int32Array(groups.count)
  for (let name = 0; name < names.names.length; name += 1) {
    nameOf.fill(name, groups.fromName(name), groups.fromName(name + 1))
    if (name % ENTRIES_PER_STEP === 0) yield
  }
  const taskOf = (group: number) => groups.taskOf(group)
  const byTask = yield* sortBy(upTo(groups.count), taskOf, tasks.names.length)
  const bases: TaskBase[] = []
  let models: BaseModels = { listed: [], unlisted: [] }
  for (let at = 0; at < byTask.length; at += 1) {
    const group = byTask[at] ?? 0
    const task = groups.taskOf(group)
    addToBase(models, read(group), isListed(names.names[nameOf[group] ?? 0] ?? ''))
    if (at + 1 === byTask.length || groups.taskOf(byTask[at + 1] ?? 0) !== task) {
      bases[task] = taskBase(models.listed, models.unlisted)
      models = { listed: [], unlisted: [] }
    }
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return (task: number) => bases[task] ?? unknownBase
}

/** The bases of paths lean on those of their relatives. */
function* relateBases(tasks: NumberedNames, ownOf: (task: number) => TaskBase): Steps<TaskBases> {
  const related = new TaskBases((taskType) => {
    const task = tasks.numbers.get(taskType)
    return task === undefined ? unknownBase : ownOf(task)
  })
  for (const [at, path] of tasks.names.entries()) {
    if (isPath(path) && !isStratum(path)) related.addPath(path)
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return related
}
