// What counts of each cell by span and by block, and what the instances that sent it lead to expect: where instances with
// harder work join, a model's win rate falls without having changed.
import type { TaskJudgement } from '../quarantine/judge-task.ts'
import { logistic, logit } from '../quarantine/logits.ts'
import { massCap } from '../quarantine/typical-mass.ts'
import type { Voice } from '../quarantine/voices.ts'
import { valueAt } from '../runtime/value-at.ts'
import { COUNTED_SPANS } from '../window/cell-sums.ts'
import { BLOCKS, FADED_SPAN } from '../window/window-spans.ts'

/** Outcomes of one cell, in the order of time from the newest ones back. */
export interface TimedCounts {
  readonly samples: Float64Array
  readonly successes: Float64Array
  /** What the instances that sent them lead to expect where nothing has changed. */
  readonly expected: Float64Array
}

/** By span, the faded one last. */
export interface CellSpans extends TimedCounts {
  readonly blocks: TimedCounts
}

export function* cellSpans(
  { task, fit, weights }: TaskJudgement,
  isLeftOut: (voice: Voice) => boolean,
): Generator<void, readonly CellSpans[]> {
  const work = new Map<number, number>()
  const workOf = (voice: Voice): number => {
    const known = work.get(voice.instance) ?? fit.workOf(voice)
    work.set(voice.instance, known)
    return known
  }
  const { newcomers, replacing } = task.littleKnown
  // Who was not there before cannot tell that something has changed since, but for those that took the places of others.
  const weightOf = (voice: Voice): number =>
    (weights.get(voice) ?? 1) * (newcomers.has(voice.instance) ? replacing : 1)
  const cells: CellSpans[] = []
  for (const present of task.ofCell) {
    const counted = present.filter((voice) => !isLeftOut(voice))
    cells.push(spansOf(counted, weightOf, workOf))
    yield
  }
  return cells
}

function spansOf(
  voices: readonly Voice[],
  weightInWindow: (voice: Voice) => number,
  workOf: (voice: Voice) => number,
): CellSpans {
  const spans = { ...noCounts(COUNTED_SPANS), blocks: noCounts(BLOCKS) }
  const cap = massCap(voices.map(({ total }) => total))
  // What has left the window makes no break that one instance alone has seen.
  const weightOf = (voice: Voice, span: number) =>
    span === FADED_SPAN ? Math.min(1, cap / valueAt(voice.samples, span)) : weightInWindow(voice)
  let mass = 0
  let wins = 0
  let worked = 0
  for (const voice of voices) {
    for (let span = 0; span < COUNTED_SPANS; span += 1) {
      const count = valueAt(voice.samples, span)
      if (count === 0) continue
      const weight = weightOf(voice, span)
      add(spans.samples, span, weight * count)
      add(spans.successes, span, weight * valueAt(voice.successes, span))
      mass += weight * count
      wins += weight * valueAt(voice.successes, span)
      worked += weight * count * workOf(voice)
    }
  }
  if (mass === 0) return spans
  const level = logit((wins + 0.5) / (mass + 1)) - worked / mass
  for (const voice of voices) {
    const share = logistic(level + workOf(voice))
    for (let span = 0; span < COUNTED_SPANS; span += 1) {
      const count = valueAt(voice.samples, span)
      if (count > 0) add(spans.expected, span, weightOf(voice, span) * count * share)
    }
    addBlocks(spans.blocks, voice, weightInWindow(voice), share)
  }
  return spans
}

function addBlocks(blocks: TimedCounts, voice: Voice, weight: number, share: number): void {
  for (let block = 0; block < BLOCKS; block += 1) {
    const count = valueAt(voice.blockSamples, block)
    if (count === 0) continue
    add(blocks.samples, block, weight * count)
    add(blocks.successes, block, weight * valueAt(voice.blockSuccesses, block))
    add(blocks.expected, block, weight * count * share)
  }
}

function noCounts(length: number): TimedCounts {
  return {
    samples: new Float64Array(length),
    successes: new Float64Array(length),
    expected: new Float64Array(length),
  }
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = valueAt(sums, at) + value
}
