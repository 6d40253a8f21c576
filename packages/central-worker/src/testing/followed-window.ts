// A window that follows its outcomes hour by hour, with the same sums and results as a worker's, and with the rollups in
// memory instead of Postgres. A look costs what has changed since the last one.
import { cellKey } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { CellResults, type Findings } from '../cells/cell-results.ts'
import type { Circumstances } from '../cells/circumstances.ts'
import { cellBudget } from '../window/cell-budget.ts'
import { createNaming } from '../window/create-naming.ts'
import { SUM_NAMES } from '../window/outcome-sums.ts'
import type { CellHour } from '../window/read-rollups.ts'
import { movedAges, type WindowShape } from '../window/window-spans.ts'
import { WindowSums } from '../window/window-sums.ts'

const HOUR_MS = 3_600_000
/** More than any benchmark makes. */
const MOST_CELLS = 1_000_000

export interface FollowedWindow {
  /** Counts what an instance's rollup of an hour grew by, from the next look on. The window keeps the object. */
  add(grown: CellHour): void
  /** What follows from everything that was added, as of the circumstances' hour. Hours never go back. */
  look(circumstances: Circumstances): Findings
}

export function createFollowedWindow(shape: WindowShape): FollowedWindow {
  const sums = new WindowSums({ nameOf: createNaming(), budget: cellBudget(MOST_CELLS) })
  const results = new CellResults({})
  const rollups = new Map<number, Map<string, CellHour>>()
  let waiting: CellHour[] = []
  let now: number | undefined

  function beginHour(hour: number): void {
    runAtOnce(sums.beginHour(hour, shape))
    for (const age of movedAges(shape)) {
      for (const each of rollups.get(hour - age)?.values() ?? []) sums.move(each, hour, shape)
    }
    runAtOnce(sums.tidy())
    rollups.delete(hour - shape.endHours)
  }

  function store(grown: CellHour): void {
    const ofHour = rollups.get(grown.hour) ?? new Map<string, CellHour>()
    rollups.set(grown.hour, ofHour)
    const key = `${cellKey(grown)}\0${grown.instanceIds[0]}`
    const known = ofHour.get(key)
    if (known === undefined) ofHour.set(key, grown)
    else
      for (const at of SUM_NAMES.keys())
        known.sums[at] = (known.sums[at] ?? 0) + (grown.sums[at] ?? 0)
  }

  return {
    add(grown) {
      waiting.push(grown)
    },
    look(circumstances) {
      const hour = Math.floor(circumstances.hour.getTime() / HOUR_MS)
      while (now !== undefined && now < hour) {
        now += 1
        beginHour(now)
      }
      now = hour
      for (const grown of waiting) {
        sums.add(grown, now, shape)
        store(grown)
      }
      waiting = []
      return runAtOnce(results.update(sums, circumstances))
    },
  }
}
