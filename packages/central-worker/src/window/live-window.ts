// Keeps the sums of the window up to date with the rollups: adds what folds have added to them, and once an hour
// moves the hours that cross a border, which were read during the hour before. Reads all rollups when it cannot
// follow the changes: the first time, after a long pause, or after a change by hand. Guarantee: after `prepare` or
// `follow` the sums equal the rollups as of one fold and one hour.
//   Where the rollups hold more than the budget, the sums equal those of the cells that have room. Then nothing moves
// when an hour begins: `prepare` reads all rollups again, and chooses again which cells count.

import { runInSlices, type Steps } from '@winrate/shared-schema/steps'
import type { Queryable } from '../postgres/queryable.ts'
import type { CellBudget } from './cell-budget.ts'
import { chooseCells, type KnownNames } from './choose-cells.ts'
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
import { WindowSums, type WindowSumsOptions } from './window-sums.ts'

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
  /** The hour in which all rollups were read and exceeded the budget; undefined where they did not. */
  readonly exceededIn?: number | undefined
}

export interface LiveWindowOptions {
  readonly shape: WindowShape
  readonly nameOf: ModelNaming
  readonly budget: CellBudget
  readonly known: KnownNames
}

/** The instances that operators have ruled on. */
async function readJudged(queryable: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await queryable.query<{ instanceId: string }>(
    'select instance_id as "instanceId" from winrate.instance_verdicts',
  )
  return new Set(rows.map(({ instanceId }) => instanceId))
}

/** Changes in place: after an error its sums are wrong, and the caller must drop it. */
export class LiveWindow {
  readonly #options: LiveWindowOptions
  #followed: Followed | undefined

  constructor(options: LiveWindowOptions) {
    this.#options = options
  }

  /**
   * Reads everything but the newest changes, without the lock of the rollups. To be called in repeatable read.
   */
  async prepare(queryable: Queryable): Promise<void> {
    const asOf = await readAsOf(queryable)
    const known = this.#followed
    if (known !== undefined && canFollow(known, asOf)) {
      if (!isReadingDue(known, asOf)) return
      if (known.sums.isExceeded) this.#followed = undefined
    }
    const { sums, coming } = await this.#bringTo(asOf, queryable)
    if (!sums.isExceeded) await coming.read(queryable, asOf.now)
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
    const { shape } = this.#options
    if (known.foldId < foldId) {
      for await (const rows of readChanges(queryable, known.foldId)) {
        await addAll(rows, (rollups) => sums.add(rollups, known.hour, shape))
        known.coming.add(rows)
      }
    }
    if (known.hour === hour || sums.isExceeded) return { ...known, sums, foldId }
    await runInSlices(sums.beginHour(hour, shape))
    for await (const rows of known.coming.take(queryable)) {
      await addAll(rows, (rollups) => sums.move(rollups, hour, shape))
    }
    for await (const rows of readHours(queryable, hour - LEAST_AGE_HOURS)) {
      await addAll(rows, (rollups) => sums.add(rollups, hour, shape))
    }
    await runInSlices(sums.tidy())
    return { sums, foldId, hour, coming: new ComingHours(hour + 1, shape) }
  }

  /** Chooses among the cells only where they turn out to be too many, because choosing takes a while. */
  async #readAll({ foldId, hour }: RollupsAsOf, queryable: Queryable): Promise<Followed> {
    const judged = await readJudged(queryable)
    const sums =
      (await this.#sumsOf(hour, queryable, { judged })) ??
      (await this.#sumsOf(hour, queryable, {
        judged,
        chosen: await chooseCells(queryable, { ...this.#options, hour }),
      }))
    if (sums === undefined) throw new Error('the chosen cells exceed their budget')
    const exceededIn = sums.isExceeded ? hour : undefined
    return {
      sums,
      foldId,
      hour,
      coming: new ComingHours(hour + 1, this.#options.shape),
      exceededIn,
    }
  }

  /**
   * From the newest hour back, as many hours at a time as hold about so many rollups. Undefined where the cells
   * are too many and none were chosen.
   */
  async #sumsOf(
    hour: number,
    queryable: Queryable,
    { chosen, judged }: Pick<WindowSumsOptions, 'chosen' | 'judged'>,
  ): Promise<WindowSums | undefined> {
    const { shape } = this.#options
    const sums = new WindowSums({ ...this.#options, chosen, judged })
    const hashes = chosen !== undefined && chosen.leftOut > 0 ? chosen.hashes : undefined
    const first = hour - shape.endHours + 1
    let end = hour - LEAST_AGE_HOURS + 1
    let hours = 1
    while (end > first) {
      const begin = Math.max(first, end - hours)
      let rollups = 0
      for await (const rows of readHours(queryable, begin, end - begin, hashes)) {
        await addAll(rows, (some) => {
          rollups += some.instanceIds.length
          sums.add(some, hour, shape)
        })
        if (chosen === undefined && sums.leftOutCells > 0) return undefined
      }
      if (rollups < FEW_ROLLUPS) hours = Math.min(MOST_HOURS, hours * 2)
      else if (rollups > MANY_ROLLUPS) hours = Math.max(1, hours / 2)
      end = begin
    }
    return sums
  }
}

/** Retention may have dropped rollups that left the tail earlier: they could not be taken back. */
export const MOST_HOURS_BEHIND = 1

function canFollow({ foldId, hour }: Followed, asOf: RollupsAsOf): boolean {
  const isKept = foldId >= asOf.firstKeptFold - 1 && foldId <= asOf.foldId
  return isKept && hour <= asOf.hour && hour >= asOf.hour - MOST_HOURS_BEHIND
}

function isReadingDue({ sums, hour, coming, exceededIn }: Followed, asOf: RollupsAsOf): boolean {
  if (sums.isExceeded) return exceededIn !== asOf.hour
  return hour !== asOf.hour || coming.isDue(asOf.now)
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
