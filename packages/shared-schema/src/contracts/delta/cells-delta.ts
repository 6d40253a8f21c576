// How the cells of one snapshot become those of the next.
import type { z } from 'zod'
import { amounts, amountsOrNull, counts, shares, sharesOrNull } from '../snapshot/number-column.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Steps } from '../snapshot/steps.ts'
import { keysOf, moved, type Places, rowKeys } from './dictionary-places.ts'
import {
  changeColumn,
  changedValues,
  changesBetween,
  checkChanges,
  findOrigins,
  rowChangesSchema,
} from './row-changes.ts'

/** `task` and `model` of new rows; each other column of the rows at `at`, unless it did not change. */
export const cellsDeltaSchema = rowChangesSchema.extend({
  task: counts.optional(),
  model: counts.optional(),
  samples: counts.optional(),
  successes: counts.optional(),
  quality: sharesOrNull.optional(),
  responseTimeMs: amountsOrNull.optional(),
  costUsd: amountsOrNull.optional(),
  evidence: amounts.optional(),
  reward: shares.optional(),
  fadedEvidence: amounts.optional(),
  fadedReward: shares.optional(),
} satisfies Record<keyof Snapshot['cells'], unknown>)

export type CellsDelta = z.infer<typeof cellsDeltaSchema>

type Cells = Snapshot['cells']

/** How the dictionaries of the cells changed. */
export interface DictionaryPlaces {
  readonly tasks: Places | undefined
  readonly models: Places | undefined
}

/** Undefined where a column has come or gone, which changes of rows cannot tell. */
export function cellChanges(
  old: Cells,
  next: Cells,
  { tasks, models }: DictionaryPlaces,
): CellsDelta | undefined {
  if (!hasSameColumns(old, next)) return undefined
  const origins = findOrigins(
    rowKeys(moved(old.task, tasks), moved(old.model, models)),
    rowKeys(next.task, next.model),
  )
  const changes = changesBetween(origins, old.task.length, [
    [old.samples, next.samples],
    [old.successes, next.successes],
    [old.quality, next.quality],
    [old.responseTimeMs, next.responseTimeMs],
    [old.costUsd, next.costUsd],
    [old.evidence, next.evidence],
    [old.reward, next.reward],
    [old.fadedEvidence, next.fadedEvidence],
    [old.fadedReward, next.fadedReward],
  ])
  const of = <Value>(before: Value[] | undefined, after: Value[] | undefined) =>
    changedValues(before, after, changes, origins)
  return {
    ...changes,
    task: keysOf(next.task, changes.inserted),
    model: keysOf(next.model, changes.inserted),
    samples: of(old.samples, next.samples),
    successes: of(old.successes, next.successes),
    quality: of(old.quality, next.quality),
    responseTimeMs: of(old.responseTimeMs, next.responseTimeMs),
    costUsd: of(old.costUsd, next.costUsd),
    evidence: of(old.evidence, next.evidence),
    reward: of(old.reward, next.reward),
    fadedEvidence: of(old.fadedEvidence, next.fadedEvidence),
    fadedReward: of(old.fadedReward, next.fadedReward),
  }
}

/**
 * The cells after the changes, a column a step.
 *
 * @throws RowChangesError when the changes are not those of these cells.
 */
export function* cellsAfterInSteps(
  old: Cells,
  changes: CellsDelta,
  { tasks, models }: DictionaryPlaces,
): Steps<Cells> {
  checkChanges(changes, old.task.length)
  const keys = { ...changes, at: changes.inserted }
  function* after<Value>(column: Value[], values: Value[] | undefined): Steps<Value[]> {
    yield
    return changeColumn(column, changes, values)
  }
  function* afterOptional(column: number[] | undefined, values: number[] | undefined) {
    return column === undefined ? undefined : yield* after(column, values)
  }
  return {
    task: changeColumn(moved(old.task, tasks), keys, changes.task),
    model: changeColumn(moved(old.model, models), keys, changes.model),
    samples: yield* after(old.samples, changes.samples),
    successes: yield* after(old.successes, changes.successes),
    quality: yield* after(old.quality, changes.quality),
    responseTimeMs: yield* after(old.responseTimeMs, changes.responseTimeMs),
    costUsd: yield* after(old.costUsd, changes.costUsd),
    evidence: yield* afterOptional(old.evidence, changes.evidence),
    reward: yield* afterOptional(old.reward, changes.reward),
    fadedEvidence: yield* afterOptional(old.fadedEvidence, changes.fadedEvidence),
    fadedReward: yield* afterOptional(old.fadedReward, changes.fadedReward),
  }
}

function hasSameColumns(one: Cells, other: Cells): boolean {
  const columns = ['evidence', 'reward', 'fadedEvidence', 'fadedReward'] as const
  return columns.every((name) => (one[name] === undefined) === (other[name] === undefined))
}
