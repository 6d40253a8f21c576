import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import { CellSums } from './cell-sums.ts'
import type { ModelNaming } from './create-naming.ts'
import type { CellHour } from './read-rollups.ts'
import {
  fadeHalfLifeHours,
  shiftedAges,
  spanWithin,
  type WindowShape,
  weightAt,
} from './window-spans.ts'

/**
 * The sums of the window and of the faded tail, per cell, instance and span, under the catalogue's
 * names. The order of additions does not matter, up to rounding: adding everything at once gives the same
 * sums as following the rollups hour by hour.
 */
export class WindowSums {
  readonly #nameOf: ModelNaming
  readonly #cells = new Map<string, CellSums>()
  readonly #changed = new Set<string>()
  /** Rollups of hours that have not begun: few, because clocks differ little. */
  #early: CellHour[] = []
  #ids: readonly string[] | undefined

  constructor(nameOf: ModelNaming) {
    this.#nameOf = nameOf
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
    this.#changing(rollups).add(rollups, span, weightAt(age, shape.windowHours))
    if (age < 0) this.#early.push(rollups)
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
    for (const cell of this.#cells.values()) {
      cell.fade(factor)
      for (const [from, to] of shifts) cell.shift(from, to)
      yield
    }
    // The rollups of an hour that had not begun moved an hour too soon.
    for (const rollups of this.#early) this.#moveBetween(rollups, 1, spanWithin(1, shape), 0)
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
      cell.tidy()
      if (cell.isEmpty) {
        this.#cells.delete(id)
        this.#ids = undefined
      }
      yield
    }
  }

  #moveBetween(
    rollups: CellHour,
    weight: number,
    from: number | undefined,
    to: number | undefined,
  ): void {
    const cell = this.#changing(rollups)
    if (from !== undefined) cell.add(rollups, from, -weight)
    if (to !== undefined) cell.add(rollups, to, weight)
  }

  #changing({ taskType, thinkingLevel, ...given }: CellName): CellSums {
    const { modelName, provider } = this.#nameOf(given)
    const name = { taskType, modelName, provider, thinkingLevel }
    const id = cellKey(name)
    this.#changed.add(id)
    let cell = this.#cells.get(id)
    if (cell === undefined) {
      cell = new CellSums(name)
      this.#cells.set(id, cell)
      this.#ids = undefined
    }
    return cell
  }
}
