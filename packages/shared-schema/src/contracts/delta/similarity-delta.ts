// How the learned similarity of one snapshot becomes that of the next.
import type { z } from 'zod'
import { counts, shares } from '../snapshot/number-column.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { keysOf, moved, type Places, rowKeys } from './dictionary-places.ts'
import {
  changeColumn,
  changedValues,
  changesBetween,
  checkChanges,
  findOrigins,
  rowChangesSchema,
} from './row-changes.ts'

type Similarity = NonNullable<Snapshot['similarity']>

/** `one` and `other` of new rows, `value` of the rows at `at`. */
export const similarityDeltaSchema = rowChangesSchema.extend({
  one: counts.optional(),
  other: counts.optional(),
  value: shares.optional(),
} satisfies Record<keyof Similarity, unknown>)

export type SimilarityDelta = z.infer<typeof similarityDeltaSchema>

export function similarityChanges(
  old: Similarity,
  next: Similarity,
  tasks: Places | undefined,
): SimilarityDelta {
  const origins = findOrigins(
    rowKeys(moved(old.one, tasks), moved(old.other, tasks)),
    rowKeys(next.one, next.other),
  )
  const changes = changesBetween(origins, old.value.length, [[old.value, next.value]])
  return {
    ...changes,
    one: keysOf(next.one, changes.inserted),
    other: keysOf(next.other, changes.inserted),
    value: changedValues(old.value, next.value, changes, origins),
  }
}

/** @throws RowChangesError when the changes are not those of this similarity. */
export function similarityAfter(
  old: Similarity,
  changes: SimilarityDelta,
  tasks: Places | undefined,
): Similarity {
  checkChanges(changes, old.value.length)
  const keys = { ...changes, at: changes.inserted }
  return {
    one: changeColumn(moved(old.one, tasks), keys, changes.one),
    other: changeColumn(moved(old.other, tasks), keys, changes.other),
    value: changeColumn(old.value, changes, changes.value),
  }
}
