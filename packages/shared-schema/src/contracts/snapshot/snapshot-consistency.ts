// What no single field of a snapshot shows: columns of unequal length, indices that name nothing.
import type { Steps } from './steps.ts'

interface Table {
  readonly tasks: readonly unknown[]
  readonly models: readonly unknown[]
  readonly cells: {
    readonly task: readonly number[]
    readonly model: readonly number[]
    readonly samples: readonly number[]
    readonly successes: readonly number[]
  } & Readonly<Record<string, Column>>
  readonly similarity?: Readonly<Record<'one' | 'other' | 'value', readonly number[]>> | undefined
}

type Column = readonly unknown[] | undefined

export type Inconsistency = readonly [path: readonly string[], message: string]

const ROWS_PER_STEP = 1_000

/** The first inconsistency. */
export function* findInconsistency(table: Table): Steps<Inconsistency | undefined> {
  const { tasks, models, cells, similarity } = table
  const { samples, successes } = cells
  for (const [name, column] of Object.entries(cells)) {
    if (column !== undefined && column.length !== cells.task.length) {
      return [['cells', name], 'length differs']
    }
  }
  if (!(yield* namesAll(cells.task, tasks))) return [['cells', 'task'], 'names no task']
  if (!(yield* namesAll(cells.model, models))) return [['cells', 'model'], 'names no model']
  for (let row = 0; row < successes.length; row += 1) {
    if (row % ROWS_PER_STEP === 0) yield
    if ((successes[row] ?? 0) > (samples[row] ?? 0)) {
      return [['cells', 'successes'], 'exceeds samples']
    }
  }
  for (const [name, column] of Object.entries(similarity ?? {})) {
    const path = ['similarity', name]
    if (column.length !== similarity?.value.length) return [path, 'length differs']
    if (name !== 'value' && !(yield* namesAll(column, tasks))) return [path, 'names no task']
  }
  return undefined
}

function* namesAll(places: readonly number[], { length }: readonly unknown[]): Steps<boolean> {
  for (let at = 0; at < places.length; at += 1) {
    if (at % ROWS_PER_STEP === 0) yield
    const place = places[at] ?? -1
    if (place < 0 || place >= length) return false
  }
  return true
}
