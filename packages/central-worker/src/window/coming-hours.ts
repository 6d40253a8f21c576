// The rollups of the hours that cross a border of the spans when the next hour begins. They are read in parts
// during the hour before, so that the first tick of an hour costs no more than any other. Guarantee: they are as
// of the window's fold, because the changes of later folds are added. Rows stay unparsed, which takes the least
// memory: about 60 bytes a rollup, for at most seven hours, and as much again for added changes. An hour with
// more added changes is read again, and one that is too large to be kept is read when its turn comes.
import type { Queryable } from '../postgres/queryable.ts'
import { type CellHourRow, HOUR_PARTS, readHourParts, readHours } from './read-rollups.ts'
import { movedAges, type WindowShape } from './window-spans.ts'

/** The default interval, until the actual one between ticks is known. */
const USUAL_INTERVAL_HOURS = 1 / 60

/** Characters that may always be added to an hour, even when little of it was read. */
const FEW_CHARACTERS = 200_000

/** Characters of one hour that are kept: 300,000 rollups. */
const MOST_CHARACTERS = 20_000_000

interface ComingHour {
  readonly hour: number
  readonly rows: CellHourRow[]
  /** Parts that were read, from the first on. */
  parts: number
  /** Characters of the rollups that were read, and of what was added to them since. */
  read: number
  added: number
  isTooLarge: boolean
}

export class ComingHours {
  readonly #begin: number
  readonly #hours: readonly ComingHour[]
  #readAt: number | undefined

  /** For the beginning of the hour `begin`, in hours since 1970. */
  constructor(begin: number, shape: WindowShape) {
    this.#begin = begin
    this.#hours = movedAges(shape).map((age) => ({
      hour: begin - age,
      rows: [],
      parts: 0,
      read: 0,
      added: 0,
      isTooLarge: false,
    }))
  }

  /** Whether this tick must read a part, so that reading is spread evenly over the hour. */
  isDue(now: number): boolean {
    return this.#partsDue(now) > 0
  }

  /** Reads what is due. To be called with the window as of the same fold. */
  async read(queryable: Queryable, now: number): Promise<void> {
    let due = this.#partsDue(now)
    this.#readAt = now
    for (const coming of this.#kept()) {
      const end = Math.min(HOUR_PARTS, coming.parts + due)
      due -= end - coming.parts
      await readUpTo(queryable, coming, end)
    }
  }

  /** Adds what folds have changed. Parts that are still to be read will include it. */
  add(changes: readonly CellHourRow[]): void {
    const hours = new Map(this.#hours.map((coming) => [coming.hour, coming]))
    for (const row of changes) {
      const coming = hours.get(row.hour)
      if (coming === undefined || coming.isTooLarge || row.part >= coming.parts) continue
      coming.rows.push(row)
      coming.added += row.rollups.length
      if (coming.added > Math.max(FEW_CHARACTERS, coming.read)) forget(coming)
    }
  }

  /** The rollups of all hours, hour by hour; reads what is missing. */
  async *take(queryable: Queryable): AsyncGenerator<readonly CellHourRow[]> {
    for (const coming of this.#hours) {
      await readUpTo(queryable, coming, HOUR_PARTS)
      if (coming.isTooLarge) yield* readHours(queryable, coming.hour)
      else yield coming.rows
      coming.rows.length = 0
    }
  }

  #kept(): readonly ComingHour[] {
    return this.#hours.filter(({ isTooLarge }) => !isTooLarge)
  }

  #partsDue(now: number): number {
    const parts = this.#kept().reduce((sum, { parts }) => sum + HOUR_PARTS - parts, 0)
    const interval = this.#readAt === undefined ? USUAL_INTERVAL_HOURS : now - this.#readAt
    return partsDue({ parts, interval, left: this.#begin - now })
  }
}

/** How many of the remaining parts to read now, so that each tick until the hour ends reads equally many. */
export function partsDue({
  parts,
  interval,
  left,
}: {
  readonly parts: number
  /** Since the last tick. */
  readonly interval: number
  /** Until the hour ends. */
  readonly left: number
}): number {
  if (interval <= 0) return 0
  // The last tick may come an interval before the end.
  const ticks = Math.max(1, left / interval)
  return Math.ceil(parts / ticks)
}

async function readUpTo(queryable: Queryable, coming: ComingHour, end: number): Promise<void> {
  if (coming.isTooLarge || end <= coming.parts) return
  for await (const rows of readHourParts(queryable, coming.hour, coming.parts, end)) {
    for (const row of rows) {
      coming.rows.push(row)
      coming.read += row.rollups.length
    }
    if (coming.read <= MOST_CHARACTERS) continue
    forget(coming)
    coming.isTooLarge = true
    return
  }
  coming.parts = end
}

function forget(coming: ComingHour): void {
  coming.rows.length = 0
  coming.parts = 0
  coming.read = 0
  coming.added = 0
}
