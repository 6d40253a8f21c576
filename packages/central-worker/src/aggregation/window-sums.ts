import type { CellRollups } from './cell-rollups.ts'
import { CellSums } from './cell-sums.ts'
import { type CellName, cellIdOf } from './cell-window.ts'
import type { ModelName } from './merge-names.ts'
import type { Steps } from './slices.ts'
import type { WindowRow } from './window-row.ts'
import { fadeHalfLifeHours, spanWithin, type WindowShape, weightAt } from './window-spans.ts'

/**
 * The sums of the window and of the faded tail, per cell, instance and span, under the catalogue's
 * names. What comes out follows from what was added in all, up to rounding, and not from the order: so
 * it is the same whether everything is added at once or followed hour by hour.
 */
export class WindowSums {
  readonly #nameOf: (given: ModelName) => ModelName
  readonly #cells = new Map<string, CellSums>()
  readonly #changed = new Set<string>()
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
  }

  /** First of all when an hour begins: what has left the window weighs less. */
  *fade(shape: WindowShape): Steps<void> {
    const factor = 2 ** (-1 / fadeHalfLifeHours(shape.windowHours))
    for (const cell of this.#cells.values()) {
      cell.fade(factor)
      yield
    }
  }

  /** After `fade`: brings rollups that count to where they belong in the hour `now` that has begun. */
  move(rollups: CellRollups, now: number, shape: WindowShape): void {
    const age = now - rollups.hour
    const weight = weightAt(age, shape.windowHours)
    const before = spanWithin(age - 1, shape)
    const after = spanWithin(age, shape)
    const cell = this.#changing(rollups)
    if (before !== undefined) cell.add(rollups, before, -weight)
    if (after !== undefined) cell.add(rollups, after, weight)
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

  #changing({ taskType, thinkingLevel, ...given }: CellName): CellSums {
    const { modelName, provider } = this.#nameOf(given)
    const name = { taskType, modelName, provider, thinkingLevel }
    const id = cellIdOf(name)
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
