// Change point: whether a cell's win rate is another one than it was. Stateless, computed anew at each
// tick from the spans' sums.
import { deviance, type Proportion } from '../quarantine/deviance.ts'

/**
 * What two win rates must explain better than one, at the border where they do best: as rare as four
 * standard errors at one border and look. There are nine borders, and a tick looks every minute:
 * docs/learning.md says what that makes of false alarms.
 */
const LEAST_DEVIANCE = 16

/** Fewer outcomes on either side of a border tell nothing. */
const LEAST_SAMPLES = 10

/**
 * The first span that no longer counts: what is in it and in older ones comes from before a break.
 * Undefined where all spans agree. Where there were several breaks it is the newest one's.
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
  let olderSamples = 0
  let olderSuccesses = 0
  for (let span = 0; span < end; span += 1) {
    olderSamples += spans[span]?.samples ?? 0
    olderSuccesses += spans[span]?.successes ?? 0
  }
  let newerSamples = 0
  let newerSuccesses = 0
  let best: number | undefined
  let greatest = LEAST_DEVIANCE
  for (let border = 1; border < end; border += 1) {
    const { samples = 0, successes = 0 } = spans[border - 1] ?? {}
    newerSamples += samples
    newerSuccesses += successes
    olderSamples -= samples
    olderSuccesses -= successes
    if (newerSamples < LEAST_SAMPLES || olderSamples < LEAST_SAMPLES) continue
    const found = deviance(
      { samples: newerSamples, successes: newerSuccesses },
      { samples: olderSamples, successes: olderSuccesses },
    )
    if (found > greatest) {
      greatest = found
      best = border
    }
  }
  return best
}
