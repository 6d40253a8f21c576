// What a snapshot says was learned: its cells, in an order that finds those of a model at a task type.
//   Whoever may send outcomes decides how many cells a snapshot has. So the whole table is gone over once, in
// steps, when the snapshot arrives. Afterwards nothing that is asked reads more than a bounded number of cells.
// Values stay in the snapshot's columns: an object for each cell takes ten times the memory.
import { cellValuesAt, type Snapshot } from '@winrate/shared-schema/contracts'
import {
  BORROWED_FROM,
  type Evidence,
  evidenceByProvider,
  type LearnedCell,
  type LearnedTable,
  taskBase,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { Greatest } from './greatest.ts'

/** Cells that one model name counts with at one task type, those with the most samples. */
export const CELLS_OF_MODEL = 32
/** Cells that are kept as objects; twice as many at most. */
const CELLS_KEPT = 10_000
/** More evidence than this does not change any chance. */
const MOST_MASS = 1e9
/** A fifth of a millisecond or less. */
export const ENTRIES_PER_STEP = 500

const noCells: readonly LearnedCell[] = []
const noTaskTypes: readonly string[] = []
const unknownBase = taskBase([])
const nothing: LearnedTable = {
  cells: () => noCells,
  taskTypesOf: () => noTaskTypes,
  base: () => unknownBase,
}

/**
 * Puts the cells of a snapshot in order.
 *
 * @param isListed Whether somebody named a model in a catalogue, in defaults or as a candidate.
 */
export function* readLearnedCells(
  snapshot: Snapshot | undefined,
  isListed: (modelName: string) => boolean = () => true,
): Steps<LearnedTable> {
  if (snapshot === undefined) return nothing
  const { cells, models } = snapshot
  const names = yield* numberNames(models.length, (at) => models[at]?.name ?? '')
  const tasks = yield* numberNames(snapshot.tasks.length, (at) => snapshot.tasks[at] ?? '')
  const groups = yield* groupRows(snapshot, names, tasks)
  const best = yield* bestKnownTasks(snapshot, groups)
  const kept = new BoundedMap<number, readonly LearnedCell[]>(CELLS_KEPT, ({ length }) => length + 1)

  function read(group: number): readonly LearnedCell[] {
    const cellsOfGroup: LearnedCell[] = []
    for (let at = groups.from(group); at < groups.from(group + 1); at += 1) {
      const row = groups.rows[at] ?? 0
      const model = models[cells.model[row] ?? -1]
      if (model === undefined) continue
      const values = cellValuesAt(cells, row)
      cellsOfGroup.push({
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
    return cellsOfGroup
  }

  const bases = yield* findBases(groups, names, tasks, isListed, read)
  return {
    cells(taskType, modelName) {
      const group = groups.find(names.numbers.get(modelName), tasks.numbers.get(taskType))
      if (group === undefined) return noCells
      const known = kept.get(group)
      if (known !== undefined) return known
      const made = read(group)
      kept.set(group, made)
      return made
    },
    taskTypesOf(modelName) {
      const name = names.numbers.get(modelName)
      if (name === undefined) return noTaskTypes
      const chosen = best.get(name) ?? groups.ofName(name)
      return chosen.map((group) => tasks.names[groups.taskOf(group)] ?? '')
    },
    base(taskType) {
      const task = tasks.numbers.get(taskType)
      return task === undefined ? unknownBase : bases(task)
    },
  }
}

/** Keeps sums and products of masses finite. */
function boundedMass(mass: number): number {
  return Math.min(mass, MOST_MASS)
}

/** Distinct names in the order of their first appearance, and the number of each entry's name. */
interface NumberedNames {
  readonly names: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  readonly of: Int32Array
}

function* numberNames(count: number, nameAt: (at: number) => string): Steps<NumberedNames> {
  const names: string[] = []
  const numbers = new Map<string, number>()
  const of = new Int32Array(count)
  for (let at = 0; at < count; at += 1) {
    const name = nameAt(at)
    const known = numbers.get(name)
    of[at] = known ?? names.length
    if (known === undefined) {
      numbers.set(name, names.length)
      names.push(name)
    }
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return { names, numbers, of }
}

/** Cells of one model name at one task type. Groups are in the order of names, then of task types. */
class Groups {
  readonly rows: Int32Array
  readonly count: number
  readonly #starts: Int32Array
  readonly #tasks: Int32Array
  readonly #nameStarts: Int32Array

  constructor(input: {
    readonly rows: Int32Array
    readonly starts: Int32Array
    readonly tasks: Int32Array
    readonly nameStarts: Int32Array
  }) {
    this.rows = input.rows
    this.count = input.tasks.length
    this.#starts = input.starts
    this.#tasks = input.tasks
    this.#nameStarts = input.nameStarts
  }

  /** The place in `rows` of the first cell of a group. */
  from(group: number): number {
    return this.#starts[group] ?? this.rows.length
  }

  taskOf(group: number): number {
    return this.#tasks[group] ?? -1
  }

  fromName(name: number): number {
    return this.#nameStarts[name] ?? this.count
  }

  ofName(name: number): number[] {
    const from = this.fromName(name)
    return Array.from({ length: this.fromName(name + 1) - from }, (_, at) => from + at)
  }

  find(name: number | undefined, task: number | undefined): number | undefined {
    if (name === undefined || task === undefined) return undefined
    let low = this.fromName(name)
    let high = this.fromName(name + 1)
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.taskOf(middle) < task) low = middle + 1
      else high = middle
    }
    return low < this.fromName(name + 1) && this.taskOf(low) === task ? low : undefined
  }
}

function* groupRows(
  { cells }: Snapshot,
  names: NumberedNames,
  tasks: NumberedNames,
): Steps<Groups> {
  const count = cells.task.length
  const taskOf = (row: number) => tasks.of[cells.task[row] ?? 0] ?? 0
  const nameOf = (row: number) => names.of[cells.model[row] ?? 0] ?? 0
  const byTask = yield* sortBy(upTo(count), taskOf, tasks.names.length)
  const sorted = yield* sortBy(byTask, nameOf, names.names.length)
  const rows = new Int32Array(count)
  const starts = new Int32Array(count + 1)
  const groupTasks = new Int32Array(count)
  const nameStarts = new Int32Array(names.names.length + 1)
  let kept = 0
  let groups = 0
  let name = 0
  for (let at = 0; at < count; ) {
    const first = sorted[at] ?? 0
    const largest = new Greatest(CELLS_OF_MODEL)
    let next = at
    while (next < count) {
      const row = sorted[next] ?? 0
      if (nameOf(row) !== nameOf(first) || taskOf(row) !== taskOf(first)) break
      largest.add(row, cells.samples[row] ?? 0)
      next += 1
      if (next % ENTRIES_PER_STEP === 0) yield
    }
    while (name <= nameOf(first)) {
      nameStarts[name] = groups
      name += 1
    }
    starts[groups] = kept
    groupTasks[groups] = taskOf(first)
    rows.set(largest.items, kept)
    kept += largest.items.length
    groups += 1
    at = next
  }
  nameStarts.fill(groups, name)
  starts[groups] = kept
  return new Groups({
    rows: rows.subarray(0, kept),
    starts: starts.subarray(0, groups + 1),
    tasks: groupTasks.subarray(0, groups),
    nameStarts,
  })
}

function upTo(count: number): Int32Array {
  const numbers = new Int32Array(count)
  for (let at = 0; at < count; at += 1) numbers[at] = at
  return numbers
}

/** Sorts by a small whole number, and leaves equal ones in their order. */
function* sortBy(
  rows: Int32Array,
  keyOf: (row: number) => number,
  keys: number,
): Steps<Int32Array> {
  const places = new Int32Array(keys + 1)
  for (let at = 0; at < rows.length; at += 1) {
    const key = keyOf(rows[at] ?? 0) + 1
    places[key] = (places[key] ?? 0) + 1
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  for (let key = 1; key <= keys; key += 1) places[key] = (places[key] ?? 0) + (places[key - 1] ?? 0)
  const sorted = new Int32Array(rows.length)
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] ?? 0
    const key = keyOf(row)
    const place = places[key] ?? 0
    sorted[place] = row
    places[key] = place + 1
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return sorted
}

/** The groups with the most samples, of each name that has more than an estimate borrows from. */
function* bestKnownTasks(
  { cells }: Snapshot,
  groups: Groups,
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
      let samples = 0
      for (let at = groups.from(group); at < groups.from(group + 1); at += 1) {
        samples += cells.samples[groups.rows[at] ?? 0] ?? 0
      }
      largest.add(group, samples)
      if (group % ENTRIES_PER_STEP === 0) yield
    }
    best.set(name, largest.items)
  }
  return best
}

function* findBases(
  groups: Groups,
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
  const means = new Float64Array(tasks.names.length)
  const certainties = new Float64Array(tasks.names.length)
  let listed: Evidence[] = []
  let unlisted: Evidence[] = []
  for (let at = 0; at < byTask.length; at += 1) {
    const group = byTask[at] ?? 0
    const task = groups.taskOf(group)
    const evidence = evidenceByProvider(read(group))
    const into = isListed(names.names[nameOf[group] ?? 0] ?? '') ? listed : unlisted
    into.push(...evidence)
    if (at + 1 === byTask.length || groups.taskOf(byTask[at + 1] ?? 0) !== task) {
      const { mean, certainty } = taskBase(listed, unlisted)
      means[task] = mean
      certainties[task] = certainty
      listed = []
      unlisted = []
    }
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return (task: number) => ({ mean: means[task] ?? 0, certainty: certainties[task] ?? 0 })
}
