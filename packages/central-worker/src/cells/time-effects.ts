// How hard the work of a task type was in each block of the clock, told by all of its models together. A model that was
// called more often by night, when work is harder, is neither worse for that nor better by day.
import { logistic, logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import { BLOCKS, shareBefore } from '../window/window-spans.ts'
import type { TimedCounts } from './cell-spans.ts'

/** How differently models take harder work: a variance in logits. So no model decides alone, however many outcomes it has. */
const CHANGE_OF_MODELS = 0.05
/** How much work changes between blocks before anything is known of it: a variance in logits. */
const LEAST_CHANGE = 0.01
/** Blocks that this presumption is worth where a break is looked for. */
const ASSUMED_BLOCKS = 3
const ROUNDS = 8
/** No step of Newton's method goes further, in logits. */
const LONGEST_STEP = 1

/** By block, by how many logits its work was easier, and how exactly that is known: 1 / variance, 0 where it is not. */
interface Told {
  readonly easier: Float64Array
  readonly precision: Float64Array
}

export interface TimeEffects {
  /** By how many logits the work of each block was easier, as far as that is more than chance. */
  readonly effects: Float64Array
  /** By block, how exactly all models tell how easy its work was: 1 / variance. */
  readonly precision: Float64Array
  /** How much blocks differ, as far as all models tell: a variance in logits. */
  readonly change: number
  /**
   * What all models but one tell.
   *
   * @param presumed How much blocks differ before these tell of any: a variance in logits.
   */
  toldWithout(cell: number, presumed: number): ToldByOthers
}

export interface ToldByOthers extends Told {
  /** How much blocks differ, as far as these models tell: a variance in logits. */
  readonly change: number
}

/**
 * Alternates between the level of each model and the effect of each block, in logits. Effects are shrunk by how much blocks
 * differ.
 *
 * @param cells By block.
 */
export function timeEffects(cells: readonly TimedCounts[], dispersion: number): TimeEffects {
  const effects = new Float64Array(BLOCKS)
  const models = cells.map((cell) => new ModelInTime(cell, dispersion))
  const all = noneTold()
  let change = LEAST_CHANGE
  for (let round = 0; round < ROUNDS; round += 1) {
    all.easier.fill(0)
    all.precision.fill(0)
    for (const model of models) {
      model.fit(effects)
      for (const [block, precision] of model.told.precision.entries()) {
        if (precision === 0) continue
        add(all.precision, block, precision)
        add(all.easier, block, precision * valueAt(model.told.easier, block))
      }
    }
    change = shrink(all, effects, change)
  }
  return {
    effects,
    precision: all.precision,
    change,
    toldWithout(cell, presumed) {
      const told = noneTold()
      const own = models[cell]?.told ?? noneTold()
      for (const [block, sum] of all.precision.entries()) {
        const part = valueAt(own.precision, block)
        const precision = sum - part
        if (precision < 1e-6) continue
        const rest = valueAt(all.easier, block) - part * valueAt(own.easier, block)
        told.precision[block] = precision
        told.easier[block] = rest / precision
      }
      return { ...told, change: changeOf(told, presumed) }
    },
  }
}

class ModelInTime {
  readonly told = noneTold()
  readonly #counts: TimedCounts
  readonly #dispersion: number
  /** What its instances lead to expect, in logits. */
  readonly #usual: Float64Array
  #level = 0

  constructor(counts: TimedCounts, dispersion: number) {
    this.#counts = counts
    this.#dispersion = dispersion
    this.#usual = counts.expected.map((expected, block) => {
      const count = valueAt(counts.samples, block)
      return count <= 0 ? 0 : logit(Math.min(0.999, Math.max(0.001, expected / count)))
    })
  }

  /** Says of each block how easy it was, and moves the level to where it belongs. */
  fit(effects: Float64Array): void {
    const { samples, successes } = this.#counts
    let gradient = 0
    let slope = 0
    for (const [block, count] of samples.entries()) {
      if (count <= 0) continue
      const effect = valueAt(effects, block)
      const share = logistic(valueAt(this.#usual, block) + this.#level + effect)
      const left = valueAt(successes, block) - count * share
      const information = count * share * (1 - share)
      gradient += left
      slope += information
      this.told.easier[block] = effect + bounded(left / (information + 0.5))
      this.told.precision[block] = 1 / (this.#dispersion / information + CHANGE_OF_MODELS)
    }
    if (slope > 0) this.#level += bounded(gradient / (slope + 0.5))
  }
}

function noneTold(): Told {
  return { easier: new Float64Array(BLOCKS), precision: new Float64Array(BLOCKS) }
}

/**
 * Sets the effects and returns how much blocks differ: a variance in logits. What is told is weighted by its precision.
 *
 * @param presumed The same before anything is told, as of so many blocks.
 */
function shrink(
  { easier, precision }: Told,
  effects: Float64Array,
  change: number,
  presumed = { change: LEAST_CHANGE, blocks: 1 },
): number {
  let squares = presumed.blocks * presumed.change
  let count = presumed.blocks
  for (const [block, known] of precision.entries()) {
    if (known === 0) continue
    const variance = 1 / (known + 1 / change)
    const effect = valueAt(easier, block) * variance
    effects[block] = effect
    squares += effect ** 2 + variance
    count += 1
  }
  return Math.max(LEAST_CHANGE, squares / count)
}

/** How much blocks differ: a variance in logits. */
function changeOf(told: Told, presumed: number): number {
  const effects = new Float64Array(BLOCKS)
  const weighted = told.easier.map((easier, block) => easier * valueAt(told.precision, block))
  let change = presumed
  for (let round = 0; round < ROUNDS; round += 1) {
    change = shrink({ easier: weighted, precision: told.precision }, effects, change, {
      ...{ change: presumed, blocks: ASSUMED_BLOCKS },
    })
  }
  return change
}

function bounded(step: number): number {
  return Math.min(LONGEST_STEP, Math.max(-LONGEST_STEP, step))
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = valueAt(sums, at) + value
}

interface Shares {
  readonly newer: readonly number[]
  readonly older: readonly number[]
}

/** Of each block the shares of its outcomes on either side of a border. */
export function sharesOf(border: number, end: number, begunHours: number): Shares {
  const blocks = Array.from({ length: BLOCKS }, (_, block) => block)
  const newer = blocks.map((block) => shareBefore(border, block, begunHours))
  const older = blocks.map((block) => shareBefore(end, block, begunHours) - (newer[block] ?? 0))
  return { newer, older }
}

/** Undefined where no outcomes of a side are in a block. */
export function mixOf(samples: Float64Array, { newer, older }: Shares): Float64Array | undefined {
  const mass = { newer: 0, older: 0 }
  for (const [block, count] of samples.entries()) {
    mass.newer += count * (newer[block] ?? 0)
    mass.older += count * (older[block] ?? 0)
  }
  if (mass.newer <= 0 || mass.older <= 0) return undefined
  return samples.map(
    (count, block) =>
      (count * (newer[block] ?? 0)) / mass.newer - (count * (older[block] ?? 0)) / mass.older,
  )
}
