// Change point: whether a cell's win rate has changed. Stateless: computed at each tick from the spans' sums.
import { deviance, LEAST_DEVIANCE, type Proportion } from '../quarantine/deviance.ts'

/** Fewer outcomes on either side of a border say nothing. */
const LEAST_SAMPLES = 10

/**
 * The first span that no longer counts: it and older ones are from before a break. Undefined where all spans
 * agree; after several breaks, the newest one's.
 *
 * LEAST_DEVIANCE bounds false alarms at one border in one tick. There are nine borders, and a tick every
 * minute: docs/learning.md says how many false alarms follow.
 */
export function findBreak(spans: readonly Proportion[]): number | undefined {
  let end = spans.length
  for (;;) {
    const border = bestBorder(spans, end)
    if (border === undefined) return end === spans.length ? undefined : end
    end = border
  }
}

function bestBorder(spans: readonly Proportion[], end: number): number | undefined {
  const newer = { samples: 0, successes: 0 }
  const older = { samples: 0, successes: 0 }
  for (const [at, { samples, successes }] of spans.entries()) {
    if (at >= end) break
    older.samples += samples
    older.successes += successes
  }
  let best: number | undefined
  let greatest = LEAST_DEVIANCE
  for (const [at, { samples, successes }] of spans.entries()) {
    if (at >= end - 1) break
    newer.samples += samples
    newer.successes += successes
    older.samples -= samples
    older.successes -= successes
    if (newer.samples < LEAST_SAMPLES || older.samples < LEAST_SAMPLES) continue
    const found = deviance(newer, older)
    if (found > greatest) {
      greatest = found
      best = at + 1
    }
  }
  return best
}
