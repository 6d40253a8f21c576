// Keeps the sums of the window up to date with the rollups: from what folds have added to them, and
// once an hour from the rollups of the hours that cross a border, which were read during the hour before.
// Where that does not lead on, because it is the first time, too long ago, or somebody changed rollups by
// hand, all of them are read anew. Guarantees: the sums are those of the rollups as of a fold and an hour.
// After an error they are not: then the window must be thrown away.

import type { ModelName } from '@winrate/shared-schema/contracts'
import { runInSlices, type Steps } from '@winrate/shared-schema/steps'
import type { Queryable } from '../postgres/queryable.ts'
import { type CellRollups, type CellRollupsRow, parseCellRollups } from './cell-rollups.ts'
import { ComingHours } from './coming-hours.ts'
import {
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
/** However few rollups the hours before held. */
const MOST_HOURS = 24

export interface LiveWindowOptions {
  readonly shape: WindowShape
  readonly nameOf: (given: ModelName) => ModelName
}

export interface LiveWindow {
  readonly sums: WindowSums
  readonly foldId: number
  /** In hours since 1970. */
  readonly hour: number
  /** What is needed when the next hour begins. */
  readonly coming: ComingHours
}

/**
 * Brings the window as far as it can be without the lock of the rollups, where more than the newest
 * changes must be read. To be called in repeatable read.
 */
export async function prepareWindow(
  queryable: Queryable,
  known: LiveWindow | undefined,
  options: LiveWindowOptions,
): Promise<LiveWindow> {
  const asOf = await readAsOf(queryable)
  const isNear = known !== undefined && canFollow(known, asOf) && known.hour === asOf.hour
  if (isNear && !known.coming.isDue(asOf.now)) return known
  const window = await bringTo(asOf, queryable, known, options)
  await window.coming.read(queryable, asOf.now)
  return window
}

/** Brings the window up to date. To be called after the fold, in its transaction. */
export async function followWindow(
  queryable: Queryable,
  known: LiveWindow | undefined,
  options: LiveWindowOptions,
): Promise<LiveWindow> {
  return bringTo(await readAsOf(queryable), queryable, known, options)
}

/** Retention may have dropped what left the tail more than an hour ago: it could not be taken back. */
function canFollow({ foldId, hour }: LiveWindow, asOf: RollupsAsOf): boolean {
  const isKept = foldId >= asOf.firstKeptFold - 1 && foldId <= asOf.foldId
  return isKept && (hour === asOf.hour || hour === asOf.hour - 1)
}

async function bringTo(
  asOf: RollupsAsOf,
  queryable: Queryable,
  known: LiveWindow | undefined,
  { shape, nameOf }: LiveWindowOptions,
): Promise<LiveWindow> {
  const { foldId, hour } = asOf
  await preferHashing(queryable)
  if (known === undefined || !canFollow(known, asOf)) {
    const sums = await readAnew(queryable, hour, { shape, nameOf })
    return { sums, foldId, hour, coming: new ComingHours(hour + 1, shape) }
  }
  const { sums } = known
  let { coming } = known
  if (known.foldId < foldId) {
    const rows = await readChanges(queryable, known.foldId)
    await addAll(rows, (rollups) => sums.add(rollups, known.hour, shape))
    coming.add(rows)
  }
  if (known.hour < hour) {
    await runInSlices(sums.beginHour(hour, shape))
    for await (const rows of coming.take(queryable)) {
      await addAll(rows, (rollups) => sums.move(rollups, hour, shape))
    }
    const nearest = await readHours(queryable, hour - LEAST_AGE_HOURS)
    await addAll(nearest, (rollups) => sums.add(rollups, hour, shape))
    coming = new ComingHours(hour + 1, shape)
    await runInSlices(sums.tidy())
  }
  return { sums, foldId, hour, coming }
}

/** From the newest hour back, as many hours at a time as hold about so many rollups. */
async function readAnew(
  queryable: Queryable,
  hour: number,
  { shape, nameOf }: LiveWindowOptions,
): Promise<WindowSums> {
  const sums = new WindowSums(nameOf)
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
  return sums
}

function addAll(
  rows: readonly CellRollupsRow[],
  add: (rollups: CellRollups) => void,
): Promise<void> {
  return runInSlices(parsedAndAdded(rows, add))
}

function* parsedAndAdded(
  rows: readonly CellRollupsRow[],
  add: (rollups: CellRollups) => void,
): Steps<void> {
  for (const row of rows) {
    add(parseCellRollups(row))
    yield
  }
}
