// Snapshots name task types and models by their places in dictionaries, which change as names come and
// go. These functions move columns of places from one dictionary to the next.

/** Of each place in an old dictionary the place in the new one, -1 where it has none. */
export type Places = readonly number[]

/** Undefined where the dictionary is the same. */
export function placesIn<Entry>(
  old: readonly Entry[],
  next: readonly Entry[] | undefined,
): Places | undefined {
  if (next === undefined) return undefined
  const places = new Map(next.map((entry, place) => [JSON.stringify(entry), place]))
  return old.map((entry) => places.get(JSON.stringify(entry)) ?? -1)
}

/** The column in places of the new dictionary; the column itself where that is the same. */
export function moved(column: number[], places: Places | undefined): number[] {
  return places === undefined ? column : column.map((place) => places[place] ?? -1)
}

/** One key a row, of two columns of places. */
export function rowKeys(one: readonly number[], other: readonly number[]): string[] {
  return one.map((place, row) => `${place} ${other[row]}`)
}

/** The places of the rows that come; undefined where none do. */
export function keysOf(
  column: readonly number[],
  inserted: readonly number[],
): number[] | undefined {
  return inserted.length === 0 ? undefined : inserted.map((row) => column[row] ?? 0)
}
