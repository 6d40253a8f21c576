import { cellKey } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import type { WindowClock } from './block-sums.ts'
import type { CellBudget } from './cell-budget.ts'
import { CellSums, type InstanceRoom } from './cell-sums.ts'
import type { ChosenCells } from './choose-cells.ts'
import type { ModelNaming } from './create-naming.ts'
import type { CellHour } from './read-rollups.ts'
import {
  BLOCK_HOURS,
  BLOCKS,
  begunHours,
  fadeHalfLifeHours,
  shiftedAges,
  spanWithin,
  type WindowShape,
  weightAt,
} from './window-spans.ts'

export interface WindowSumsOptions {
  readonly nameOf: ModelNaming
  readonly budget: CellBudget
  readonly chosen?: ChosenCells | undefined
  /** Instances that are always told apart, because an operator has ruled on them. Default: none. */
  readonly judged?: ReadonlySet<string> | undefined
}

/** Left-out cells that are remembered, to count each of them once. */
const MOST_REMEMBERED = 1_000

/** Rollups of hours that have not begun: few, because clocks differ little. */
const MOST_EARLY = 100_000

/**
 * The sums of the window and of the faded tail, per cell, instance and span, under the catalogue's
 * names. The order of additions does not matter, up to rounding: adding everything at once gives the same
 * sums as following the rollups hour by hour.
 *   That holds within the budget. Beyond it new cells are left out, and new instances of a cell count together:
 * then the sums are `isExceeded`, and cannot be moved on to the next hour.
 */
export class WindowSums {
  readonly #nameOf: ModelNaming
  readonly #budget: CellBudget
  readonly #chosen: ChosenCells | undefined
  readonly #room: InstanceRoom
  readonly #clock: WindowClock = { now: 0, blocks: 0 }
  readonly #cells = new Map<string, CellSums>()
  readonly #changed = new Set<string>()
  readonly #cellsPerTaskType = new Map<string, number>()
  /** Cells that only this instance reports. */
  readonly #cellsPerInstance = new Map<string, number>()
  readonly #leftOut = new Set<string>()
  #early: CellHour[] = []
  #hasManyEarly = false
  #ids: readonly string[] | undefined

  /** Without `chosen`, the first cells to come are taken in, as many as the budget has room for. */
  constructor({ nameOf, budget, chosen, judged = new Set() }: WindowSumsOptions) {
    this.#nameOf = nameOf
    this.#budget = budget
    this.#chosen = chosen
    this.#room = {
      perCell: budget.instancesPerCell,
      inAll: budget.instances,
      judged,
      taken: 0,
      isExceeded: false,
    }
  }

  /** Cells that have no room; at least so many where they were not chosen by the database. */
  get leftOutCells(): number {
    return (this.#chosen?.leftOut ?? 0) + this.#leftOut.size
  }

  /** Whether something is missing that would be needed to move on to the next hour. */
  get isExceeded(): boolean {
    return this.leftOutCells > 0 || this.#room.isExceeded || this.#hasManyEarly
  }

  /** The cells' ids in order. */
  get ids(): readonly string[] {
    this.#ids ??= [...this.#cells.keys()].sort()
    return this.#ids
  }

  cell(id: string): CellSums | undefined {
    return this.#cells.get(id)
  }

  /** The ids of the cells whose sums have changed since the last call, or that are gone. */
  takeChanged(): readonly string[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** Adds rollups of an hour, or what they grew by, as they count in the hour `now`. */
  add(rollups: CellHour, now: number, shape: WindowShape): void {
    const age = now - rollups.hour
    const span = spanWithin(age, shape)
    if (span === undefined) return
    const cell = this.#changing(rollups)
    if (cell === undefined) return
    this.#setClock(now, shape)
    this.#addTo(cell, rollups, span, weightAt(age, shape.windowHours))
    if (age < shape.windowHours) cell.addToBlock(rollups)
    if (age >= 0 || this.#hasManyEarly) return
    this.#early.push(rollups)
    if (this.#early.length <= MOST_EARLY) return
    this.#hasManyEarly = true
    this.#early = []
  }

  /**
   * The first step when the hour `now` begins: what has left the window weighs less, and each span of one
   * hour moves to the next span as a whole.
   */
  *beginHour(now: number, shape: WindowShape): Steps<void> {
    const factor = 2 ** (-1 / fadeHalfLifeHours(shape.windowHours))
    const shifts = shiftedAges(shape).map(
      (age) => [spanWithin(age - 1, shape) ?? 0, spanWithin(age, shape)] as const,
    )
    this.#setClock(now, shape)
    const beginsBlock = begunHours(now) === 1
    for (const cell of this.#cells.values()) {
      if (beginsBlock) cell.beginBlock()
      cell.fade(factor)
      for (const [from, to] of shifts) cell.shift(from, to)
      yield
    }
    // The rollups of an hour that had not begun moved an hour too soon.
    for (const rollups of this.#early) {
      this.#moveBetween(rollups, 1, spanWithin(1, shape), 0)
      if (rollups.hour === now) this.#changing(rollups)?.addToBlock(rollups)
    }
    this.#early = this.#early.filter(({ hour }) => hour > now)
  }

  /** The second step: moves the rollups of one hour of a longer span to their span in the hour `now`. */
  move(rollups: CellHour, now: number, shape: WindowShape): void {
    const age = now - rollups.hour
    const weight = weightAt(age, shape.windowHours)
    this.#moveBetween(rollups, weight, spanWithin(age - 1, shape), spanWithin(age, shape))
  }

  /** The last step when an hour begins: drops cells and instances that have nothing left. */
  *tidy(): Steps<void> {
    for (const [id, cell] of this.#cells) {
      this.#changed.add(id)
      const before = cell.onlyInstance
      cell.tidy()
      this.#countAlone(before, cell.onlyInstance)
      if (cell.isEmpty) {
        this.#cells.delete(id)
        addTo(this.#cellsPerTaskType, cell.name.taskType, -1)
        this.#ids = undefined
      }
      yield
    }
  }

  #setClock(now: number, { windowHours }: WindowShape): void {
    this.#clock.now = now
    this.#clock.blocks = Math.min(BLOCKS, Math.floor(windowHours / BLOCK_HOURS))
  }

  #moveBetween(
    rollups: CellHour,
    weight: number,
    from: number | undefined,
    to: number | undefined,
  ): void {
    const cell = this.#changing(rollups)
    if (cell === undefined) return
    if (from !== undefined) this.#addTo(cell, rollups, from, -weight)
    if (to !== undefined) this.#addTo(cell, rollups, to, weight)
  }

  #addTo(cell: CellSums, rollups: CellHour, span: number, weight: number): void {
    const before = cell.onlyInstance
    cell.add(rollups, span, weight)
    this.#countAlone(before, cell.onlyInstance)
  }

  #countAlone(before: string | undefined, after: string | undefined): void {
    if (before === after) return
    if (before !== undefined) addTo(this.#cellsPerInstance, before, -1)
    if (after !== undefined) addTo(this.#cellsPerInstance, after, 1)
  }

  /** The cell that the rollups belong to; undefined where it is left out. */
  #changing(rollups: CellHour): CellSums | undefined {
    const { taskType, thinkingLevel, ...given } = rollups
    const { modelName, provider } = this.#nameOf(given)
    const name = { taskType, modelName, provider, thinkingLevel }
    const id = cellKey(name)
    let cell = this.#cells.get(id)
    if (cell === undefined) {
      if (!this.#hasRoomFor(rollups)) {
        if (this.#leftOut.size < MOST_REMEMBERED && !this.#chosen?.leftOut) this.#leftOut.add(id)
        return undefined
      }
      cell = new CellSums(name, this.#room, this.#clock)
      this.#cells.set(id, cell)
      addTo(this.#cellsPerTaskType, taskType, 1)
      this.#ids = undefined
    }
    this.#changed.add(id)
    return cell
  }

  #hasRoomFor(rollups: CellHour): boolean {
    if (this.#chosen?.keys.has(cellKey(rollups)) === true) return true
    // Which cells were left out is not known: an earlier part of this one may be missing.
    if (this.leftOutCells > 0) return false
    const { cells, perTaskType, perInstance } = this.#budget
    const [instanceId = '', ...others] = rollups.instanceIds
    return (
      this.#cells.size < cells &&
      (this.#cellsPerTaskType.get(rollups.taskType) ?? 0) < perTaskType &&
      (others.length > 0 || (this.#cellsPerInstance.get(instanceId) ?? 0) < perInstance)
    )
  }
}

function addTo(counts: Map<string, number>, key: string, more: number): void {
  const count = (counts.get(key) ?? 0) + more
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
