// A delta turns one published snapshot into a later one of the same epoch. Both have the same shape: the same
// dictionaries and the same cells in the same order. Where the shape differs the whole snapshot is sent.
//   Guarantees: `applyDelta` answers with a sound snapshot or throws, and never changes the base. The text of a
// delta carries its SHA-256, and the delta names its base by the base's hash, so a delta that is damaged or made
// for other content is refused. `hash` of the result is the hash of the published text: a reader that
// writes the text of the result can prove that it has exactly what was published.
import { namesOf, object, partial, record } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { anything, literal, text } from '../../schema/values.ts'
import { runAtOnce, type Steps } from '../../steps/run-steps.ts'
import {
  cellsSchema,
  columnNames,
  makeColumns,
  type ValueColumn,
} from '../snapshot/cell-columns.ts'
import { parseFieldsInSteps } from '../snapshot/fields-in-steps.ts'
import { counts } from '../snapshot/number-column.ts'
import { isSealedInSteps, sealText } from '../snapshot/sealed-text.ts'
import { findInconsistency, type Snapshot, snapshotFieldsSchema } from '../snapshot/snapshot.ts'

/**
 * A new field or column of a snapshot is a new format: a reader that does not know it cannot write the text
 * that the hash of the result belongs to.
 */
export const DELTA_FORMAT = 5
/** Deltas of all of them are read alike. */
const formats = [1, 2, 3, 4, DELTA_FORMAT]

export class InvalidDeltaError extends Error {
  override readonly name = 'InvalidDeltaError'
}

const { hash, epoch, version, createdAt } = snapshotFieldsSchema.shape

/** The rows with other values, and their values in each column that changed. */
const { task, model, ...columns } = cellsSchema.shape
const changedCellsSchema = object({ ...partial(columns), at: counts })

const snapshotDeltaSchema = object({
  format: literal(...formats),
  /** Hex SHA-256 of the delta's text with this value left empty. */
  hash,
  epoch,
  /** The version that this is applied to, and the hash of that snapshot. */
  base: version,
  baseHash: hash,
  version,
  createdAt,
  /** The `hash` of the snapshot that this leads to. */
  snapshotHash: hash,
  /** Fields with another value; null where they are absent now. */
  changed: record(text(), anything()),
  cells: changedCellsSchema,
})

export type SnapshotDelta = Infer<typeof snapshotDeltaSchema>
export type DeltaContent = Omit<SnapshotDelta, 'format' | 'hash'>

/** Everything but the shape and the cells. */
const { tasks, models, cells, ...headShape } = snapshotFieldsSchema.shape
/** Fields that a delta has itself, so `changed` does not name them. */
const identity = new Set(['format', 'hash', 'epoch', 'version', 'createdAt'])
const changeable = namesOf(headShape).filter((name) => !identity.has(name))

/** What changed; undefined where the epoch or the shape differs. */
export function deltaBetween(base: Snapshot, next: Snapshot): DeltaContent | undefined {
  if (base.epoch !== next.epoch || !haveSameShape(base, next)) return undefined
  const differs = (name: ValueColumn, row: number) =>
    base.cells[name]?.[row] !== next.cells[name]?.[row]
  const at = [...next.cells.task.keys()].filter((row) =>
    columnNames.some((name) => differs(name, row)),
  )
  const changed = columnNames.filter((name) => at.some((row) => differs(name, row)))
  return {
    epoch: next.epoch,
    base: base.version,
    baseHash: base.hash,
    version: next.version,
    createdAt: next.createdAt,
    snapshotHash: next.hash,
    changed: Object.fromEntries(
      changeable
        .filter((name) => !areEqual(base[name], next[name]))
        .map((name) => [name, next[name] ?? null]),
    ),
    cells: changedCellsSchema.parse({
      at,
      ...Object.fromEntries(
        changed.map((name) => [name, at.map((row) => next.cells[name]?.[row])]),
      ),
    }),
  }
}

function haveSameShape(one: Snapshot, other: Snapshot): boolean {
  return (
    areEqual(one.tasks, other.tasks) &&
    areEqual(one.models, other.models) &&
    areEqual(one.cells.task, other.cells.task) &&
    areEqual(one.cells.model, other.cells.model) &&
    columnNames.every(
      (name) => (one.cells[name] === undefined) === (other.cells[name] === undefined),
    )
  )
}

/**
 * The snapshot that the delta leads to. Shares with the base what the delta does not change.
 *
 * @throws InvalidDeltaError when the delta is for another snapshot, or what it leads to breaks the contract.
 */
export function applyDelta(base: Snapshot, delta: SnapshotDelta): Snapshot {
  return runAtOnce(applyDeltaInSteps(base, delta))
}

/** Does the same as `applyDelta`, in short steps. */
export function* applyDeltaInSteps(base: Snapshot, delta: SnapshotDelta): Steps<Snapshot> {
  if (base.epoch !== delta.epoch || base.version !== delta.base) {
    throw new InvalidDeltaError(`the delta is for version ${delta.base}, not ${base.version}`)
  }
  if (base.hash !== delta.baseHash) {
    throw new InvalidDeltaError(`the delta is for other content of version ${delta.base}`)
  }
  const { cells, tasks, models } = base
  const head = yield* headAfter(base, delta)
  yield
  const next = {
    ...head,
    tasks,
    models,
    cells: {
      task: cells.task,
      model: cells.model,
      ...makeColumns((name) => columnAfter(cells[name], delta.cells[name], delta.cells.at)),
    },
  }
  const inconsistency = findInconsistency(next)
  if (inconsistency !== undefined) {
    const [path, message] = inconsistency
    throw new InvalidDeltaError(`the delta breaks the contract at ${path.join('.')}: ${message}`)
  }
  return next
}

/** Checks what has changed; the rest was checked with the base. */
function* headAfter(
  base: Snapshot,
  delta: SnapshotDelta,
): Steps<Omit<Snapshot, 'tasks' | 'models' | 'cells'>> {
  const { epoch, version, createdAt, snapshotHash } = delta
  const names = changeable.filter((name) => Object.hasOwn(delta.changed, name))
  const schema = object(Object.fromEntries(names.map((name) => [name, headShape[name]])))
  const given = Object.fromEntries(names.map((name) => [name, delta.changed[name] ?? undefined]))
  const parsed = yield* parseFieldsInSteps(schema, given)
  if (!parsed.success) {
    throw new InvalidDeltaError('the delta breaks the contract', { cause: parsed.error })
  }
  const { tasks, models, cells, ...head } = base
  const after = { ...head, ...parsed.data, epoch, version, createdAt, hash: snapshotHash }
  return withoutAbsent(after)
}

/** The same object without the fields that are absent now. */
function withoutAbsent<Fields extends object>(fields: Fields): Fields {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  // What is left out was optional: a required field that is absent does not parse.
  return Object.fromEntries(present) as Fields
}

function columnAfter<Value>(
  column: Value[] | undefined,
  values: readonly Value[] | undefined,
  at: readonly number[],
): Value[] | undefined {
  if (values === undefined) return column
  if (column === undefined || values.length !== at.length) {
    throw new InvalidDeltaError('the delta has values for rows that are not there')
  }
  const next = column.slice()
  for (const [change, value] of values.entries()) {
    const row = at[change] ?? -1
    if (row < 0 || row >= next.length) throw new InvalidDeltaError('the delta names no row')
    next[row] = value
  }
  return next
}

/** Writes a delta and fills in its hash. */
export function writeDeltaText(delta: DeltaContent): string {
  return sealText(JSON.stringify({ format: DELTA_FORMAT, hash: '', ...delta }))
}

/**
 * Reads a delta from its text.
 *
 * @throws InvalidDeltaError when the text is no JSON, is damaged, has an unknown format or breaks the
 * contract.
 */
export function parseDeltaText(text: string): SnapshotDelta {
  return runAtOnce(parseDeltaInSteps(text))
}

/** Does the same as `parseDeltaText`, in steps of which the longest reads the JSON. */
export function* parseDeltaInSteps(text: string): Steps<SnapshotDelta> {
  const value = parseJson(text)
  yield
  const parsed = yield* parseFieldsInSteps(snapshotDeltaSchema, value)
  if (!parsed.success) {
    throw new InvalidDeltaError('delta breaks the contract', { cause: parsed.error })
  }
  if (!(yield* isSealedInSteps(text, parsed.data.hash))) {
    throw new InvalidDeltaError('delta is damaged: its hash does not match its content')
  }
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidDeltaError('delta is not JSON', { cause })
  }
}

function areEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
