// Keeps the sums of the window up to date with the rollups: adds what folds have added to them, and once an hour
// moves the hours that cross a border, which were read during the hour before. Reads all rollups when it cannot
// follow the changes: the first time, after a long pause, or after a change by hand. Guarantee: after `prepare` or
// `follow` the sums equal the rollups as of one fold and one hour.

import { runInSlices, type Steps } from '@winrate/shared-schema/steps'
import type { Queryable } from '../postgres/queryable.ts'
import { ComingHours } from './coming-hours.ts'
import type { ModelNaming } from './create-naming.ts'
import {
  type CellHour,
  type CellHourRow,
  parseCellHour,
  preferHashing,
  type RollupsAsOf,
  readAsOf,
  readChanges,
  readHours,
} from './read-rollups.ts'
import { LEAST_AGE_HOURS, type WindowShape } from './window-spans.ts'
import { WindowSums } from './window-sums.ts'

const FEW_ROLLUPS = 20_000
const MANY_ROLLUPS = 80_000
/** The most hours that one read spans. */
const MOST_HOURS = 24

interface Followed {
  readonly sums: WindowSums
  readonly foldId: number
  /** In hours since 1970. */
  readonly hour: number
  /** What is needed when the next hour begins. */
  readonly coming: ComingHours
}

/** Changes in place: after an error its sums are wrong, and the caller must drop it. */
export class LiveWindow {
  readonly #shape: WindowShape
  readonly #nameOf: ModelNaming
  #followed: Followed | undefined

  constructor(shape: WindowShape, nameOf: ModelNaming) {
    this.#shape = shape
    this.#nameOf = nameOf
  }

  /**
   * Reads everything but the newest changes, without the lock of the rollups. To be called in repeatable read.
   */
  async prepare(queryable: Queryable): Promise<void> {
    const asOf = await readAsOf(queryable)
    const known = this.#followed
    const isNear = known !== undefined && canFollow(known, asOf) && known.hour === asOf.hour
    if (isNear && !known.coming.isDue(asOf.now)) return
    const { coming } = await this.#bringTo(asOf, queryable)
    await coming.read(queryable, asOf.now)
  }

  /** Brings the sums up to date and returns them. To be called after the fold, in its transaction. */
  async follow(queryable: Queryable): Promise<WindowSums> {
    const { sums } = await this.#bringTo(await readAsOf(queryable), queryable)
    return sums
  }

  async #bringTo(asOf: RollupsAsOf, queryable: Queryable): Promise<Followed> {
    await preferHashing(queryable)
    const known = this.#followed
    this.#followed =
      known !== undefined && canFollow(known, asOf)
        ? await this.#followChanges(known, asOf, queryable)
        : await this.#readAll(asOf, queryable)
    return this.#followed
  }

  async #followChanges(
    { sums, ...known }: Followed,
    { foldId, hour }: RollupsAsOf,
    queryable: Queryable,
  ): Promise<Followed> {
    const shape = this.#shape
    if (known.foldId < foldId) {
      const rows = await readChanges(queryable, known.foldId)
      await addAll(rows, (rollups) => sums.add(rollups, known.hour, shape))
      known.coming.add(rows)
    }
    if (known.hour === hour) return { ...known, sums, foldId }
    await runInSlices(sums.beginHour(hour, shape))
    for await (const rows of known.coming.take(queryable)) {
      await addAll(rows, (rollups) => sums.move(rollups, hour, shape))
    }
    const nearest = await readHours(queryable, hour - LEAST_AGE_HOURS)
    await addAll(nearest, (rollups) => sums.add(rollups, hour, shape))
    await runInSlices(sums.tidy())
    return { sums, foldId, hour, coming: new ComingHours(hour + 1, shape) }
  }

  /** From the newest hour back, as many hours at a time as hold about so many rollups. */
  async #readAll({ foldId, hour }: RollupsAsOf, queryable: Queryable): Promise<Followed> {
    const shape = this.#shape
    const sums = new WindowSums(this.#nameOf)
    const first = hour - shape.endHours + 1
    let end = hour - LEAST_AGE_HOURS + 1
    let hours = 1
    while (end > first) {
      const begin = Math.max(first, end - hours)
      const rows = await readHours(queryable, begin, end - begin)
      let rollups = 0
      await addAll(rows, (some) => {
        rollups += some.instanceIds.length
        sums.add(some, hour, shape)
      })
      if (rollups < FEW_ROLLUPS) hours = Math.min(MOST_HOURS, hours * 2)
      else if (rollups > MANY_ROLLUPS) hours = Math.max(1, hours / 2)
      end = begin
    }
    return { sums, foldId, hour, coming: new ComingHours(hour + 1, shape) }
  }
}

/** Retention may have dropped rollups that left the tail earlier: they could not be taken back. */
export const MOST_HOURS_BEHIND = 1

function canFollow({ foldId, hour }: Followed, asOf: RollupsAsOf): boolean {
  const isKept = foldId >= asOf.firstKeptFold - 1 && foldId <= asOf.foldId
  return isKept && hour <= asOf.hour && hour >= asOf.hour - MOST_HOURS_BEHIND
}

function addAll(rows: readonly CellHourRow[], add: (rollups: CellHour) => void): Promise<void> {
  return runInSlices(parsedAndAdded(rows, add))
}

function* parsedAndAdded(
  rows: readonly CellHourRow[],
  add: (rollups: CellHour) => void,
): Steps<void> {
  for (const row of rows) {
    add(parseCellHour(row))
    yield
  }
}
