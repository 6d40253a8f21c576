import type { ModelName } from '@winrate/shared-schema/contracts'
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import type { CellRollups } from './cell-rollups.ts'
import { CellSums } from './cell-sums.ts'
import type { WindowRow } from './window-row.ts'
import {
  fadeHalfLifeHours,
  shiftedAges,
  spanWithin,
  type WindowShape,
  weightAt,
} from './window-spans.ts'

/**
 * The sums of the window and of the faded tail, per cell, instance and span, under the catalogue's
 * names. What comes out follows from what was added in all, up to rounding, and not from the order: so
 * it is the same whether everything is added at once or followed hour by hour.
 */
export class WindowSums {
  readonly #nameOf: (given: ModelName) => ModelName
  readonly #cells = new Map<string, CellSums>()
  readonly #changed = new Set<string>()
  /** What was added of hours that were yet to come: few, because outcomes of the future are none. */
  #early: CellRollups[] = []
  #ids: readonly string[] | undefined

  constructor(nameOf: (given: ModelName) => ModelName) {
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

  /** The ids of the cells whose sums are others than at the last call, or are gone. */
  takeChanged(): readonly string[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  addRow(row: WindowRow): void {
    this.#changing(row).addSums(row.instanceId, row.span, row)
  }

  /** Adds rollups of an hour, or what they grew by, as they count in the hour `now`. */
  add(rollups: CellRollups, now: number, shape: WindowShape): void {
    const age = now - rollups.hour
    const span = spanWithin(age, shape)
    if (span === undefined) return
    this.#changing(rollups).add(rollups, span, weightAt(age, shape.windowHours))
    if (age < 0) this.#early.push(rollups)
  }

  /**
   * First of all when the hour `now` begins: what has left the window weighs less, and the spans of one
   * hour go on as a whole.
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
    // They went on too soon.
    for (const rollups of this.#early) this.#moveBetween(rollups, 1, spanWithin(1, shape), 0)
    this.#early = this.#early.filter(({ hour }) => hour > now)
  }

  /** Then: brings the rollups of an hour of a longer span to where they belong in the hour `now`. */
  move(rollups: CellRollups, now: number, shape: WindowShape): void {
    const age = now - rollups.hour
    const weight = weightAt(age, shape.windowHours)
    this.#moveBetween(rollups, weight, spanWithin(age - 1, shape), spanWithin(age, shape))
  }

  /** Last of all when an hour begins: forgets what is no more. */
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
    rollups: CellRollups,
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
