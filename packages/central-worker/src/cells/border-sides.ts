// What a cell reports on both sides of a border between spans, without what its instances make of it.
import { logit } from '../quarantine/logits.ts'
import { valueAt } from '../runtime/value-at.ts'
import type { CellSpans } from './cell-spans.ts'

/** A cell on both sides of a border. */
export interface Sides {
  readonly newer: Side
  readonly older: Side
  /** How much better the newer side is, in logits. */
  readonly change: number
  readonly variance: number
}

export interface Side {
  readonly samples: number
  /** Win rate that instances of average work would have had. */
  readonly rate: number
}

export interface Borders {
  readonly begin: number
  readonly border: number
  readonly end: number
}

export function sidesOf(cell: CellSpans, { begin, border, end }: Borders): Sides | undefined {
  const all = sumOf(cell, 0, cell.samples.length)
  const newer = sideOf(sumOf(cell, begin, border), all)
  const older = sideOf(sumOf(cell, border, end), all)
  if (newer === undefined || older === undefined) return undefined
  const [now, before] = [withinReach(newer), withinReach(older)]
  return {
    newer,
    older,
    change: logit(now) - logit(before),
    variance: 1 / (newer.samples * now * (1 - now)) + 1 / (older.samples * before * (1 - before)),
  }
}

type Sums = ReturnType<typeof sumOf>

function sumOf({ samples, successes, expected }: CellSpans, begin: number, end: number) {
  const sums = { samples: 0, successes: 0, expected: 0 }
  for (let span = begin; span < end; span += 1) {
    sums.samples += valueAt(samples, span)
    sums.successes += valueAt(successes, span)
    sums.expected += valueAt(expected, span)
  }
  return sums
}

/** The win rate on one side, without what its instances make of it. */
function sideOf(sums: Sums, all: Sums): Side | undefined {
  if (sums.samples <= 0) return undefined
  const usual = all.expected / all.samples
  const rate = (sums.successes - sums.expected) / sums.samples + usual
  return { samples: sums.samples, rate: Math.min(1, Math.max(0, rate)) }
}

/** As if half an outcome more had gone each way. */
export function withinReach({ samples, rate }: Side): number {
  return (samples * rate + 0.5) / (samples + 1)
}
