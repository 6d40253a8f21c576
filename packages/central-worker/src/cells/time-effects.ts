// How hard the work of a task type was in each block of the clock, told by all of its models together. A model that was
// called more often by night, when work is harder, is neither worse for that nor better by day.
import { logistic, logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import { BLOCKS, shareBefore } from '../window/window-spans.ts'
import type { TimedCounts } from './cell-spans.ts'
import { fitAdditive } from './fit-effects.ts'

/** How differently models take harder work: a variance in logits. So no model decides alone, however many outcomes it has. */
const CHANGE_OF_MODELS = 0.05
/** By how much work may differ between blocks: variances in logits. */
const LEAST_CHANGE = 0.01
const CHANGES: readonly number[] = [1, 2, 4, 8, 16, 32, 64].map((times) => times * LEAST_CHANGE)
/** Blocks that this presumption is worth where a break is looked for. */
const ASSUMED_BLOCKS = 3
/** Of Newton's method. */
const ROUNDS = 4
const ROUNDS_OF_CHANGE = 8
/** No step of Newton's method goes further, in logits. */
const LONGEST_STEP = 1

/** Without `expected`, whoever sent the outcomes is no matter. */
export type CountsByBlock = Pick<TimedCounts, 'samples' | 'successes'> & Partial<TimedCounts>

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
 * The level of each model and the effect of each block, in logits, from what each model tells of each block. Effects are shrunk
 * by how much blocks differ.
 *
 * @param cells By block.
 */
export function timeEffects(cells: readonly CountsByBlock[], dispersion: number): TimeEffects {
  const models = cells.map((cell) => new ModelInTime(cell, dispersion))
  let effects: Float64Array = new Float64Array(BLOCKS)
  let change = LEAST_CHANGE
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const model of models) model.measure(effects)
    const fit = fitAdditive(models, CHANGES)
    for (const [at, model] of models.entries()) model.level = valueAt(fit.levels, at)
    effects = fit.effects
    change = fit.variance
  }
  const all = noneTold()
  const told = models.map((model) => model.told())
  for (const own of told) {
    for (const [block, precision] of own.precision.entries()) {
      add(all.precision, block, precision)
      add(all.easier, block, precision * valueAt(own.easier, block))
    }
  }
  return {
    effects,
    precision: all.precision,
    change,
    toldWithout(cell, presumed) {
      const others = noneTold()
      const own = told[cell] ?? noneTold()
      for (const [block, sum] of all.precision.entries()) {
        const part = valueAt(own.precision, block)
        const precision = sum - part
        if (precision < 1e-6) continue
        const rest = valueAt(all.easier, block) - part * valueAt(own.easier, block)
        others.precision[block] = precision
        others.easier[block] = rest / precision
      }
      return { ...others, change: changeOf(others, presumed) }
    },
  }
}

/** What one model tells of the blocks: the sum of its level and the effect of each. */
class ModelInTime {
  readonly values = new Float64Array(BLOCKS)
  readonly precision = new Float64Array(BLOCKS)
  readonly #counts: CountsByBlock
  readonly #dispersion: number
  /** What its instances lead to expect, in logits. */
  readonly #usual: Float64Array
  level: number

  constructor(counts: CountsByBlock, dispersion: number) {
    this.#counts = counts
    this.#dispersion = dispersion
    const { samples, successes, expected } = counts
    this.#usual = samples.map((count, block) =>
      expected === undefined || count <= 0 ? 0 : likelyLogit(valueAt(expected, block) / count),
    )
    const all = samples.reduce((sum, count) => sum + count, 0)
    const wins = successes.reduce((sum, count) => sum + count, 0)
    this.level = expected === undefined ? logit((wins + 0.5) / (all + 1)) : 0
  }

  /** One step of Newton's method from the present level and effects. */
  measure(effects: Float64Array): void {
    const { samples, successes } = this.#counts
    for (const [block, count] of samples.entries()) {
      if (count <= 0) continue
      const sum = this.level + valueAt(effects, block)
      const share = logistic(valueAt(this.#usual, block) + sum)
      const information = count * share * (1 - share)
      const left = valueAt(successes, block) - count * share
      this.values[block] = sum + bounded(left / (information + 0.5))
      this.precision[block] = 1 / (this.#dispersion / information + CHANGE_OF_MODELS)
    }
  }

  told(): Told {
    return { easier: this.values.map((value) => value - this.level), precision: this.precision }
  }
}

function likelyLogit(rate: number): number {
  return logit(Math.min(0.999, Math.max(0.001, rate)))
}

function noneTold(): Told {
  return { easier: new Float64Array(BLOCKS), precision: new Float64Array(BLOCKS) }
}

/** How much blocks differ, as far as these models tell and `presumed` before: a variance in logits, by the EM algorithm. */
function changeOf({ easier, precision }: Told, presumed: number): number {
  let change = presumed
  for (let round = 0; round < ROUNDS_OF_CHANGE; round += 1) {
    let squares = ASSUMED_BLOCKS * presumed
    let count = ASSUMED_BLOCKS
    for (const [block, known] of precision.entries()) {
      if (known === 0) continue
      const variance = 1 / (known + 1 / change)
      squares += (valueAt(easier, block) * known * variance) ** 2 + variance
      count += 1
    }
    change = Math.max(LEAST_CHANGE, squares / count)
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
