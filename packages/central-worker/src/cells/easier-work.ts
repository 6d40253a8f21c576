// How much harder the work of a task type was at one time than at another, told by all of its models, and what that makes
// of each model's win rate: one that was called more often by night, when work is harder, is not worse for that.
import { logistic, logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import { WINDOW_SPANS } from '../window/window-spans.ts'
import type { CellSpans } from './find-breaks.ts'

/** How differently models take harder work: a variance in logits. So no model decides alone, however many outcomes it has. */
const CHANGE_OF_MODELS = 0.05
/** How much work changes between spans before anything is known of it: a variance in logits. */
const LEAST_CHANGE = 0.01
const ROUNDS = 8
/** Shifts are told apart by so much, so that evidence does not change with every outcome. */
const STEP = 0.01

/** A win rate in one span, in logits, and how exactly it is known. */
interface Level {
  readonly level: number
  readonly precision: number
}

/**
 * For each cell by how many logits its work was easier than that of its task type on the whole. From a cell's break on
 * only: what was before it says nothing of the work.
 */
export function easierWork(
  cells: readonly CellSpans[],
  breaks: readonly (number | undefined)[],
  dispersion: number,
): readonly number[] {
  const endOf = (cell: number) => Math.min(breaks[cell] ?? WINDOW_SPANS, WINDOW_SPANS)
  const levels = cells.map((cell, at) => levelsOf(cell, endOf(at), dispersion))
  const effects = effectsOf(levels)
  const all = cells.reduce((sum, cell, at) => addMass(sum, cell, endOf(at)), noMass())
  const usual = meanOf(effects, all)
  return cells.map((cell, at) => {
    const own = meanOf(effects, addMass(noMass(), cell, endOf(at)))
    return Math.round((own - usual) / STEP) * STEP
  })
}

/** The win rate that the same outcomes would have had at work of usual hardness. */
export function atUsualWork(rate: number, samples: number, easier: number): number {
  if (easier === 0) return rate
  const likely = (samples * rate + 0.5) / (samples + 1)
  return Math.min(1, Math.max(0, rate + logistic(logit(likely) - easier) - likely))
}

function levelsOf(
  { samples, successes, expected }: CellSpans,
  end: number,
  dispersion: number,
): readonly (Level | undefined)[] {
  const count = sumOf(samples, end)
  const usual = sumOf(expected, end) / count
  return Array.from({ length: end }, (_, span) => {
    const own = valueAt(samples, span)
    if (own <= 0) return undefined
    const rate = (valueAt(successes, span) - valueAt(expected, span)) / own + usual
    const likely = (own * Math.min(1, Math.max(0, rate)) + 0.5) / (own + 1)
    const variance = dispersion / (own * likely * (1 - likely))
    return { level: logit(likely), precision: 1 / (variance + CHANGE_OF_MODELS) }
  })
}

/** The effect of each span on all models: the means of what is left of their levels, shrunk by how much spans differ. */
function effectsOf(levels: readonly (readonly (Level | undefined)[])[]): Float64Array {
  const effects = new Float64Array(WINDOW_SPANS)
  let change = LEAST_CHANGE
  for (let round = 0; round < ROUNDS; round += 1) {
    const weighted = new Float64Array(WINDOW_SPANS)
    const precisions = new Float64Array(WINDOW_SPANS)
    for (const spans of levels) {
      const mean = meanLevel(spans, effects)
      for (const [span, known] of spans.entries()) {
        if (known === undefined) continue
        weighted[span] = valueAt(weighted, span) + known.precision * (known.level - mean)
        precisions[span] = valueAt(precisions, span) + known.precision
      }
    }
    let squares = LEAST_CHANGE
    let count = 1
    for (const [span, precision] of precisions.entries()) {
      if (precision === 0) continue
      const variance = 1 / (precision + 1 / change)
      effects[span] = valueAt(weighted, span) * variance
      squares += valueAt(effects, span) ** 2 + variance
      count += 1
    }
    change = Math.max(LEAST_CHANGE, squares / count)
  }
  return effects
}

function meanLevel(spans: readonly (Level | undefined)[], effects: Float64Array): number {
  let weighted = 0
  let precision = 0
  for (const [span, known] of spans.entries()) {
    if (known === undefined) continue
    weighted += known.precision * (known.level - valueAt(effects, span))
    precision += known.precision
  }
  return precision === 0 ? 0 : weighted / precision
}

function noMass(): Float64Array {
  return new Float64Array(WINDOW_SPANS)
}

function addMass(sums: Float64Array, { samples }: CellSpans, end: number): Float64Array {
  for (let span = 0; span < end; span += 1) {
    sums[span] = valueAt(sums, span) + valueAt(samples, span)
  }
  return sums
}

function meanOf(effects: Float64Array, mass: Float64Array): number {
  const all = sumOf(mass, WINDOW_SPANS)
  return all === 0
    ? 0
    : mass.reduce((sum, one, span) => sum + one * valueAt(effects, span), 0) / all
}

function sumOf(values: Float64Array, end: number): number {
  let sum = 0
  for (let span = 0; span < end; span += 1) sum += valueAt(values, span)
  return sum
}
