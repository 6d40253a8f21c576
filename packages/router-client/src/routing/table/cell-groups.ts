// The cells of a snapshot in an order that finds those of one model name at one task type: numbers in a few typed
// arrays, so that a hundred thousand cells take a few megabytes and are put in order in short steps.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import { Greatest } from './greatest.ts'

/** Cells that one model name counts with at one task type, those with the most samples. */
const CELLS_OF_MODEL = 32
/** A fifth of a millisecond or less. */
export const ENTRIES_PER_STEP = 500

/** Distinct names in the order of their first appearance, and the number of each entry's name. */
export interface NumberedNames {
  readonly names: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  readonly of: Int32Array
}

export function* numberNames(count: number, nameAt: (at: number) => string): Steps<NumberedNames> {
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
export class CellGroups {
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

  find(name: number, task: number | undefined): number | undefined {
    if (name < 0 || task === undefined) return undefined
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

export function* groupCells(
  { cells }: Snapshot,
  names: NumberedNames,
  tasks: NumberedNames,
): Steps<CellGroups> {
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
  return new CellGroups({
    rows: rows.subarray(0, kept),
    starts: starts.subarray(0, groups + 1),
    tasks: groupTasks.subarray(0, groups),
    nameStarts,
  })
}

export function upTo(count: number): Int32Array {
  const numbers = new Int32Array(count)
  for (let at = 0; at < count; at += 1) numbers[at] = at
  return numbers
}

/** Sorts by a small whole number, and leaves equal ones in their order. */
export function* sortBy(
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
