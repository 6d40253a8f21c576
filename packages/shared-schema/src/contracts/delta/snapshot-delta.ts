// A delta: what turns one published snapshot into the next one of the same epoch. Guarantees: who
// applies it has exactly the content of the next snapshot, or an error and still the old one; what did
// not change is shared with the old one, so that the cost of applying follows what changed.
import { z } from 'zod'
import { type Snapshot, snapshotFieldsSchema } from '../snapshot/snapshot.ts'
import { findInconsistency } from '../snapshot/snapshot-consistency.ts'
import { runAtOnce, type Steps } from '../snapshot/steps.ts'
import { cellChanges, cellsAfterInSteps, cellsDeltaSchema } from './cells-delta.ts'
import {
  type CellsHash,
  createRowSum,
  formatCellsHash,
  hashCellsInSteps,
  ROWS_PER_STEP,
  rowsOf,
} from './cells-hash.ts'
import { placesIn } from './dictionary-places.ts'
import { originsAfter } from './row-changes.ts'
import { similarityAfter, similarityChanges, similarityDeltaSchema } from './similarity-delta.ts'

/** The hash over the cells covers every column, so a new column is a new format. */
export const DELTA_FORMAT = 1

export class InvalidDeltaError extends Error {
  override readonly name = 'InvalidDeltaError'
}

const { shape: fields } = snapshotFieldsSchema

export const snapshotDeltaSchema = z.object({
  format: z.literal(DELTA_FORMAT),
  /** Hex SHA-256 of the delta's text with this value left empty. */
  hash: fields.hash,
  epoch: fields.epoch,
  /** The version that this is applied to. */
  base: fields.version,
  version: fields.version,
  createdAt: fields.createdAt,
  /** The `hash` of the next snapshot. */
  snapshotHash: fields.hash,
  /** The hash over the cells of the next snapshot: tells of a base that had diverged. */
  cellsHash: z.string().regex(/^[0-9a-f]{16}$/),
  /** Fields with another value; null where they are absent now. */
  changed: z.object({
    windowDays: fields.windowDays.optional(),
    policy: fields.policy.optional(),
    confidence: fields.confidence.nullable(),
    pinnedFrom: fields.pinnedFrom.nullable(),
    defaults: fields.defaults.nullable(),
    catalogue: fields.catalogue.nullable(),
    queueWatermark: fields.queueWatermark.nullable(),
    similarity: fields.similarity.nullable(),
    tasks: fields.tasks.optional(),
    models: fields.models.optional(),
  }),
  /** Where both snapshots have one. */
  similarity: similarityDeltaSchema.optional(),
  cells: cellsDeltaSchema,
})

export type SnapshotDelta = z.infer<typeof snapshotDeltaSchema>
export type DeltaContent = Omit<SnapshotDelta, 'format' | 'hash'>

const cellsHashes = new WeakMap<Snapshot, CellsHash>()

/** What changed; undefined where only a whole snapshot can tell it. */
export function deltaBetween(base: Snapshot, next: Snapshot): DeltaContent | undefined {
  const tasks = changeOf(base.tasks, next.tasks) ?? undefined
  const models = changeOf(base.models, next.models) ?? undefined
  const places = { tasks: placesIn(base.tasks, tasks), models: placesIn(base.models, models) }
  const cells = cellChanges(base.cells, next.cells, places)
  if (base.epoch !== next.epoch || cells === undefined) return undefined
  const similarity =
    base.similarity && next.similarity
      ? similarityChanges(base.similarity, next.similarity, places.tasks)
      : undefined
  return {
    epoch: next.epoch,
    base: base.version,
    version: next.version,
    createdAt: next.createdAt,
    snapshotHash: next.hash,
    cellsHash: formatCellsHash(runAtOnce(cellsHashOf(next))),
    changed: {
      windowDays: changeOf(base.windowDays, next.windowDays) ?? undefined,
      policy: changeOf(base.policy, next.policy) ?? undefined,
      confidence: changeOf(base.confidence, next.confidence),
      pinnedFrom: changeOf(base.pinnedFrom, next.pinnedFrom),
      defaults: changeOf(base.defaults, next.defaults),
      catalogue: changeOf(base.catalogue, next.catalogue),
      queueWatermark: changeOf(base.queueWatermark, next.queueWatermark),
      similarity: similarity === undefined ? changeOf(base.similarity, next.similarity) : undefined,
      tasks,
      models,
    },
    similarity,
    cells,
  }
}

/**
 * The next snapshot.
 *
 * @throws InvalidDeltaError when the delta is for another snapshot, or `base` had diverged from what was
 * published, or the next one would break the contract. RowChangesError when its rows make no sense.
 */
export function applyDelta(base: Snapshot, delta: SnapshotDelta): Snapshot {
  return runAtOnce(applyDeltaInSteps(base, delta))
}

/** As `applyDelta`, in short steps. */
export function* applyDeltaInSteps(base: Snapshot, delta: SnapshotDelta): Steps<Snapshot> {
  if (base.epoch !== delta.epoch || base.version !== delta.base) {
    throw new InvalidDeltaError(`the delta is for version ${delta.base}, not ${base.version}`)
  }
  const { changed } = delta
  const places = {
    tasks: placesIn(base.tasks, changed.tasks),
    models: placesIn(base.models, changed.models),
  }
  const next: Snapshot = {
    format: base.format,
    hash: delta.snapshotHash,
    epoch: delta.epoch,
    version: delta.version,
    createdAt: delta.createdAt,
    windowDays: changed.windowDays ?? base.windowDays,
    policy: changed.policy ?? base.policy,
    confidence: fieldAfter(base.confidence, changed.confidence),
    pinnedFrom: fieldAfter(base.pinnedFrom, changed.pinnedFrom),
    defaults: fieldAfter(base.defaults, changed.defaults),
    catalogue: fieldAfter(base.catalogue, changed.catalogue),
    queueWatermark: fieldAfter(base.queueWatermark, changed.queueWatermark),
    similarity:
      base.similarity && delta.similarity
        ? similarityAfter(base.similarity, delta.similarity, places.tasks)
        : fieldAfter(base.similarity, changed.similarity),
    tasks: changed.tasks ?? base.tasks,
    models: changed.models ?? base.models,
    cells: yield* cellsAfterInSteps(base.cells, delta.cells, places),
  }
  yield
  const inconsistency = yield* findInconsistency(next)
  if (inconsistency !== undefined) {
    const [path, message] = inconsistency
    throw new InvalidDeltaError(`the delta breaks the contract at ${path.join('.')}: ${message}`)
  }
  const hash = yield* hashAfter(base, next, delta.cells)
  if (formatCellsHash(hash) !== delta.cellsHash) {
    throw new InvalidDeltaError('the cells are not those that were published')
  }
  cellsHashes.set(next, hash)
  return next
}

function* cellsHashOf(snapshot: Snapshot): Steps<CellsHash> {
  const known = cellsHashes.get(snapshot) ?? (yield* hashCellsInSteps(snapshot))
  cellsHashes.set(snapshot, known)
  return known
}

function* hashAfter(
  base: Snapshot,
  next: Snapshot,
  changes: SnapshotDelta['cells'],
): Steps<CellsHash> {
  const oldRows = rowsOf(base)
  const nextRows = rowsOf(next)
  const origins = originsAfter(changes, base.cells.task.length)
  const sum = createRowSum(yield* cellsHashOf(base))
  for (const [change, place] of changes.removed.entries()) {
    if (change % ROWS_PER_STEP === 0) yield
    sum.subtract(oldRows, place)
  }
  for (const [change, row] of changes.at.entries()) {
    if (change % ROWS_PER_STEP === 0) yield
    const origin = origins(row)
    if (origin >= 0) sum.subtract(oldRows, origin)
    sum.add(nextRows, row)
  }
  return sum.hash()
}

function changeOf<Value>(
  old: Value | undefined,
  next: Value | undefined,
): Value | null | undefined {
  return JSON.stringify(old) === JSON.stringify(next) ? undefined : (next ?? null)
}

function fieldAfter<Value>(
  old: Value | undefined,
  changed: Value | null | undefined,
): Value | undefined {
  return changed === undefined ? old : (changed ?? undefined)
}
