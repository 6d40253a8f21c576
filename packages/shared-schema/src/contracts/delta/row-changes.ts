// How the rows of one table become those of another, column by column. Rows that stay keep their order;
// where that is not so, they go and come again.
import { z } from 'zod'
import { counts } from '../snapshot/number-column.ts'

export const rowChangesSchema = z.object({
  /** Rows that go, by their place in the old table, ascending. */
  removed: counts,
  /** Rows that come, by their place in the new table, ascending. */
  inserted: counts,
  /** Rows that come or have other values, by their place in the new table, ascending. */
  at: counts,
})

export type RowChanges = z.infer<typeof rowChangesSchema>

/** A column of the old and of the new table. */
export type ColumnPair = readonly [old: Column, next: Column]

/** Undefined on both sides where neither table has it. */
type Column = readonly unknown[] | undefined

export class RowChangesError extends Error {
  override readonly name = 'RowChangesError'
}

/** Of each new row the place of its old one; -1 for rows that come. Rows are told by their keys. */
export function findOrigins(
  oldKeys: readonly string[],
  nextKeys: readonly string[],
): readonly number[] {
  const places = new Map<string, number[]>()
  for (const [place, key] of oldKeys.entries()) {
    const known = places.get(key)
    if (known === undefined) places.set(key, [place])
    else known.push(place)
  }
  let least = 0
  return nextKeys.map((key) => {
    const origin = places.get(key)?.find((place) => place >= least) ?? -1
    if (origin >= 0) least = origin + 1
    return origin
  })
}

export function changesBetween(
  origins: readonly number[],
  oldRows: number,
  columns: readonly ColumnPair[],
): RowChanges {
  const stays = new Set(origins)
  const inserted: number[] = []
  const at: number[] = []
  for (const [row, origin] of origins.entries()) {
    if (origin < 0) inserted.push(row)
    const differs = columns.some(([old, next]) => old?.[origin] !== next?.[row])
    if (origin < 0 || differs) at.push(row)
  }
  const removed = Array.from({ length: oldRows }, (_, place) => place).filter(
    (place) => !stays.has(place),
  )
  return { removed, inserted, at }
}

/** The new values of the rows that changed; undefined where this column has none. */
export function changedValues<Value>(
  old: readonly Value[] | undefined,
  next: readonly Value[] | undefined,
  { at }: RowChanges,
  origins: readonly number[],
): Value[] | undefined {
  if (old === undefined || next === undefined) return undefined
  if (at.every((row) => old[origins[row] ?? -1] === next[row])) return undefined
  return at.map((row) => present(next[row]))
}

/**
 * A column after the changes; the old one itself where nothing in it changes.
 *
 * @throws RowChangesError when the changes are not those of this column.
 */
export function changeColumn<Value>(
  old: Value[],
  { removed, inserted, at }: RowChanges,
  values: readonly Value[] | undefined,
): Value[] {
  if (values !== undefined && values.length !== at.length) refuse('values of unequal length')
  const moved = removed.length + inserted.length > 0
  if (!moved && values === undefined) return old
  const column = moved ? moveRows(old, removed, inserted, valuesAt(at, values)) : old.slice()
  for (let change = 0; values !== undefined && change < at.length; change += 1) {
    column[at[change] ?? -1] = present(values[change])
  }
  return column
}

/** Finds the old place of a row after the changes; -1 for rows that come. */
export function originsAfter(changes: RowChanges, oldRows: number): (row: number) => number {
  const { removed, inserted } = changes
  if (removed.length + inserted.length === 0) return (row) => row
  const places = Array.from({ length: oldRows }, (_, place) => place)
  const comes = inserted.map(() => -1)
  const origins = changeColumn(places, { removed, inserted, at: inserted }, comes)
  return (row) => origins[row] ?? -1
}

/** @throws RowChangesError unless places ascend and lie within the tables; answers the new length. */
export function checkChanges({ removed, inserted, at }: RowChanges, oldRows: number): number {
  const rows = oldRows - removed.length + inserted.length
  for (const [places, end] of [
    [removed, oldRows],
    [inserted, rows],
    [at, rows],
  ] as const) {
    let least = 0
    for (const place of places) {
      if (place < least || place >= end) refuse('places out of order')
      least = place + 1
    }
  }
  return rows
}

function moveRows<Value>(
  old: readonly Value[],
  removed: readonly number[],
  inserted: readonly number[],
  comes: (row: number) => Value,
): Value[] {
  const column: Value[] = []
  let gone = 0
  let come = 0
  const insert = () => {
    while (inserted[come] === column.length) {
      column.push(comes(column.length))
      come += 1
    }
  }
  for (const [place, value] of old.entries()) {
    if (place === removed[gone]) {
      gone += 1
      continue
    }
    insert()
    column.push(value)
  }
  insert()
  return column
}

/** Looks up the values of rows that are asked for in ascending order. */
function valuesAt<Value>(
  at: readonly number[],
  values: readonly Value[] | undefined,
): (row: number) => Value {
  let change = 0
  return (row) => {
    while ((at[change] ?? row) < row) change += 1
    if (at[change] !== row) refuse('a new row without a value')
    return present(values?.[change])
  }
}

function present<Value>(value: Value | undefined): Value {
  return value === undefined ? refuse('a row without a value') : value
}

function refuse(problem: string): never {
  throw new RowChangesError(`changed rows: ${problem}`)
}
