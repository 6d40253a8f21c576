// How much easier the work of a model was than that of its task type on the whole, by when its outcomes came, and what that
// makes of its win rate.
import { logistic, logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import { BLOCKS, shareBefore, WINDOW_SPANS } from '../window/window-spans.ts'
import type { TimedCounts } from './cell-spans.ts'
import { timeEffects } from './time-effects.ts'

/** Shifts are told apart by so much, so that evidence does not change with every outcome. */
const STEP = 0.01

interface Times {
  /** The first span that no longer counts, by cell; undefined where no break was found. */
  readonly breaks: readonly (number | undefined)[]
  readonly dispersion: number
  /** Hours of the newest block that have begun. */
  readonly begunHours: number
}

/**
 * For each cell by how many logits its work was easier than that of its task type on the whole. From a cell's break on
 * only: what was before it says nothing of the work.
 *
 * @param cells By block.
 */
export function easierWork(
  cells: readonly TimedCounts[],
  { breaks, dispersion, begunHours }: Times,
): readonly number[] {
  const shares = cells.map((_, at) => {
    const end = Math.min(breaks[at] ?? WINDOW_SPANS, WINDOW_SPANS)
    return Array.from({ length: BLOCKS }, (_, block) => shareBefore(end, block, begunHours))
  })
  // Within a block all instances choose by the same snapshots. So which of them are at work when is part of its work.
  const unbroken = cells.map(({ samples, successes }, at) => ({
    samples: samples.map((count, block) => (shares[at]?.[block] === 1 ? count : 0)),
    successes: successes.map((count, block) => (shares[at]?.[block] === 1 ? count : 0)),
  }))
  const { effects } = timeEffects(unbroken, dispersion)
  let mass = 0
  let weighted = 0
  const means = cells.map(({ samples }, at) => {
    let own = 0
    let easier = 0
    for (const [block, share] of (shares[at] ?? []).entries()) {
      own += share * valueAt(samples, block)
      easier += share * valueAt(samples, block) * valueAt(effects, block)
    }
    mass += own
    weighted += easier
    return own === 0 ? undefined : easier / own
  })
  const usual = mass === 0 ? 0 : weighted / mass
  return means.map((own) => (own === undefined ? 0 : roughly(own - usual)))
}

export function roughly(easier: number): number {
  return Math.round(easier / STEP) * STEP
}

/** The win rate that the same outcomes would have had at work of usual hardness. */
export function atUsualWork(rate: number, samples: number, easier: number): number {
  if (easier === 0) return rate
  const likely = (samples * rate + 0.5) / (samples + 1)
  return Math.min(1, Math.max(0, rate + logistic(logit(likely) - easier) - likely))
}
