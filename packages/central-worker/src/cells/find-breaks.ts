// Change points: whether a model's win rate has changed, apart from what changed for all models of its task type, which
// is the work. Stateless: computed at each tick from the spans' sums.
import { deviance, LEAST_DEVIANCE } from '../quarantine/deviance.ts'
import { logistic, logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import { BLOCK_HOURS, BLOCKS } from '../window/window-spans.ts'
import type { Agreement } from './agreement.ts'
import { type Borders, type Sides, sidesOf, withinReach } from './border-sides.ts'
import type { CellSpans } from './cell-spans.ts'
import type { Untimed } from './reporting-delays.ts'
import {
  mixOf,
  sharesOf,
  type TimeEffects,
  type ToldByOthers,
  timeEffects,
} from './time-effects.ts'

/** Fewer outcomes on either side of a border say nothing. */
const LEAST_SAMPLES = 10
/** How much work changes for all models before a week of it is known, a variance in logits, and what that is worth. */
const CHANGE_OF_WORK = 0.16
const ASSUMED_BORDERS = 1
/** How differently models take harder work: a variance in logits. */
const CHANGE_OF_MODELS = 0.05

/** How much the other models changed, and how exactly that is known. */
interface Change {
  readonly mean: number
  readonly variance: number
}

export interface BreakOptions {
  readonly dispersion: number
  /** Hours of the newest block that have begun. */
  readonly begunHours: number
  /** Whether the instances agree that a cell changed. */
  readonly agree: Agreement
  /**
   * The verdicts that may still be on their way. Where these are successes, a model that seems to fall may only wait for them; what
   * seems to rise has risen by more. Default: none.
   */
  readonly untimed?: Untimed | undefined
}

/**
 * For each cell the first span that no longer counts: it and older ones are from before a break. Undefined where all
 * spans agree; after several breaks, the newest one's.
 *   LEAST_DEVIANCE bounds false alarms at one border in one tick. There are nine borders, and a tick every
 * minute: `npm run bench:breaks` counts the false alarms that follow.
 */
export function findBreaks(
  cells: readonly CellSpans[],
  { dispersion, begunHours, agree, untimed }: BreakOptions,
): readonly (number | undefined)[] {
  const last = cells[0]?.samples.length ?? 0
  const known = new Map<number, BorderChanges>()
  const changesAt = (border: number, end: number): BorderChanges => {
    const at = border * (last + 1) + end
    const made =
      known.get(at) ?? new BorderChanges(cells, { begin: 0, border, end, dispersion, begunHours })
    known.set(at, made)
    return made
  }
  const neighbours = Array.from({ length: Math.max(0, last - 2) }, (_, at) => {
    return new BorderChanges(cells, { begin: at, border: at + 1, end: at + 2, dispersion })
  })
  const work = timeEffects(
    cells.map(({ blocks }) => blocks),
    dispersion,
  )
  const presumed = presumedChange(cells, work)
  return cells.map((_, cell) => {
    const changeOfWork = usualChange(neighbours, cell, presumed)
    const told = work.toldWithout(cell, presumed)
    const search = (end: number): Search => {
      return { end, changesAt, told, changeOfWork, dispersion, agree, untimed }
    }
    let end = last
    for (;;) {
      const border = bestBorder(cell, search(end))
      if (border === undefined) return end === last ? undefined : end
      end = border
    }
  })
}

/**
 * How much work is presumed to change where the others do not tell: a variance in logits. Once a whole week is known, no more
 * than its blocks differ, as far as they are known. Before, nobody knows what a weekend does.
 */
function presumedChange(cells: readonly CellSpans[], work: TimeEffects): number {
  const oldestDay = BLOCKS - 24 / BLOCK_HOURS
  const isWholeWeek = cells.some(({ blocks }) =>
    blocks.samples.some((count, block) => block >= oldestDay && count > 0),
  )
  if (!isWholeWeek) return CHANGE_OF_WORK
  let known = 0
  for (const precision of work.precision) known += precision / (precision + 1 / CHANGE_OF_WORK)
  return CHANGE_OF_WORK - (known / BLOCKS) * Math.max(0, CHANGE_OF_WORK - work.change)
}

/** How much the other models change together from span to span: a variance in logits. */
function usualChange(neighbours: readonly BorderChanges[], cell: number, presumed: number): number {
  let weight = ASSUMED_BORDERS
  let sum = ASSUMED_BORDERS * presumed
  for (const changes of neighbours) {
    const { precision, weighted } = changes.ofOthers(cell)
    if (precision < 1e-9) continue
    const share = precision / (precision + 1 / presumed)
    weight += share
    sum += share * ((weighted / precision) ** 2 - 1 / precision)
  }
  return Math.max(presumed, sum / weight)
}

interface Search extends Pick<BreakOptions, 'dispersion' | 'agree' | 'untimed'> {
  readonly end: number
  readonly changesAt: (border: number, end: number) => BorderChanges
  readonly told: ToldByOthers
  readonly changeOfWork: number
}

function bestBorder(cell: number, search: Search): number | undefined {
  const { end, changesAt, dispersion, agree, untimed } = search
  let best: number | undefined
  let greatest = LEAST_DEVIANCE
  for (let border = 1; border < end; border += 1) {
    const changes = changesAt(border, end)
    const sides = changes.sides[cell]
    if (sides === undefined) continue
    const { newer, older } = sides
    if (newer.samples < LEAST_SAMPLES || older.samples < LEAST_SAMPLES) continue
    const change = expectedChange(changes, cell, search)
    const found = devianceOf(sides, change) / dispersion
    // Borders with nothing between them are the same but for rounding.
    if (found <= greatest + 1e-6) continue
    const rates = { older: withinReach(older), newer: withinReach(newer) }
    const expected = logistic(logit(rates.older) + change.mean)
    const isFall = rates.newer < expected
    if (isFall ? untimed?.successes : untimed?.failures) continue
    if (!agree(cell, { border, end, expected, ...rates })) continue
    greatest = found
    best = border
  }
  return best
}

/**
 * How the others changed at a border, at the times at which this model was called: where it was mostly called by night before
 * the border and by day after it, it has not got better. What the blocks do not explain is presumed to be alike for all.
 */
function expectedChange(
  changes: BorderChanges,
  cell: number,
  { told, changeOfWork }: Search,
): Change {
  const { precision, weighted } = changes.ofOthers(cell)
  const variance = 1 / (precision + 1 / changeOfWork)
  if (precision < 1e-9) return { mean: 0, variance }
  const others = precision * variance
  const mean = weighted * variance
  const own = changes.mixes[cell]
  if (own === undefined) return { mean, variance }
  const sums = { mean: 0, noise: 0, unknown: 0 }
  for (let block = 0; block < BLOCKS; block += 1) {
    const more = valueAt(own, block) - others * changes.mixOfOthers(cell, block)
    if (more === 0) continue
    const exact = valueAt(told.precision, block)
    const known = exact / (exact + 1 / told.change)
    sums.mean += more * known * valueAt(told.easier, block)
    if (exact > 0) sums.noise += (more * known) ** 2 / exact
    sums.unknown += (Math.abs(more) / 2) * (1 - known)
  }
  return {
    mean: mean + sums.mean,
    // Work that changes by the clock is what is presumed to change where the others cannot tell, not more of it.
    variance: Math.max(variance, sums.noise + told.change * sums.unknown ** 2),
  }
}

/** How far the newer side is from what the older one and the other models lead to expect. */
function devianceOf({ newer, older }: Sides, work: Change): number {
  const share = logistic(logit(withinReach(older)) + work.mean)
  const uncertain = 1 / (1 / older.samples + share * (1 - share) * work.variance)
  const moved = Math.abs(work.mean) < 1e-3 ? older.rate : share
  return deviance(
    { samples: newer.samples, successes: newer.samples * newer.rate },
    { samples: uncertain, successes: uncertain * moved },
  )
}

/** What changed at one border for each of the cells, and for all of them. */
class BorderChanges {
  readonly sides: readonly (Sides | undefined)[]
  /** By block, how much more of a model's newer outcomes than of its older ones are of it: a difference of shares. */
  readonly mixes: readonly (Float64Array | undefined)[]
  readonly #mix = new Float64Array(BLOCKS)
  readonly #dispersion: number
  #precision = 0
  #weighted = 0

  constructor(
    cells: readonly CellSpans[],
    { begin, border, end, dispersion, begunHours }: Borders & BorderOptions,
  ) {
    this.#dispersion = dispersion
    this.sides = cells.map((cell) => sidesOf(cell, { begin, border, end }))
    const shares = begunHours === undefined ? undefined : sharesOf(border, end, begunHours)
    this.mixes = cells.map(({ blocks }) => shares && mixOf(blocks.samples, shares))
    for (const [cell, sides] of this.sides.entries()) {
      if (sides === undefined) continue
      const precision = this.#precisionOf(sides)
      this.#precision += precision
      this.#weighted += precision * sides.change
      for (const [block, more] of this.mixes[cell]?.entries() ?? []) {
        this.#mix[block] = valueAt(this.#mix, block) + precision * more
      }
    }
  }

  /** What the other cells tell of how all changed. */
  ofOthers(cell: number): { precision: number; weighted: number } {
    const own = this.sides[cell]
    if (own === undefined) return { precision: this.#precision, weighted: this.#weighted }
    const part = this.#precisionOf(own)
    return {
      precision: Math.max(0, this.#precision - part),
      weighted: this.#weighted - part * own.change,
    }
  }

  /** The mean mix of the other cells. */
  mixOfOthers(cell: number, block: number): number {
    const own = this.sides[cell]
    const part = own === undefined ? 0 : this.#precisionOf(own)
    const mix = this.mixes[cell]
    const others = valueAt(this.#mix, block) - (mix === undefined ? 0 : part * valueAt(mix, block))
    return others / Math.max(1e-9, this.#precision - part)
  }

  #precisionOf({ variance }: Sides): number {
    return 1 / (variance * this.#dispersion + CHANGE_OF_MODELS)
  }
}

interface BorderOptions {
  readonly dispersion: number
  /** Hours of the newest block that have begun; undefined where mixes do not matter. */
  readonly begunHours?: number
}
