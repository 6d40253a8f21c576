// Which outcomes of a cell compare models. A drawn one does: chance chose the model, so the work was no harder than any
// other model's. One that nobody drew says as much about the work as about the model, and shapes the prior only. Where a
// task type has hardly any drawn outcomes, the others count as evidence too, so that learning from reports alone works.
import type { OutcomeSums } from '../window/outcome-sums.ts'

/** From this many drawn outcomes of a task type on, only drawn ones are evidence there. */
const ENOUGH_DRAWN = 100

/** The share of a task type's undrawn outcomes that counts as evidence. It falls steadily: no single outcome tips it. */
export function undrawnShare(drawnOfTaskType: number): number {
  return Math.max(0, 1 - drawnOfTaskType / ENOUGH_DRAWN)
}

/** What a reward is the mean of. */
export type RewardSums = Pick<OutcomeSums, 'samples' | 'successes' | 'qualitySum' | 'qualityCount'>

/** Cuts sums in what is evidence and what else is known of the cell. */
export function splitByDraw(
  { samples, successes, qualitySum, qualityCount, ...drawn }: OutcomeSums,
  share: number,
): { readonly evidence: RewardSums; readonly undrawn: RewardSums } {
  const compares = {
    samples: within(drawn.drawnSamples, samples),
    successes: within(drawn.drawnSuccesses, Math.min(drawn.drawnSamples, successes)),
    qualitySum: within(drawn.drawnQualitySum, qualitySum),
    qualityCount: within(drawn.drawnQualityCount, Math.min(drawn.drawnSamples, qualityCount)),
  }
  const rest = {
    samples: samples - compares.samples,
    successes: successes - compares.successes,
    qualitySum: qualitySum - compares.qualitySum,
    qualityCount: qualityCount - compares.qualityCount,
  }
  return {
    evidence: {
      samples: compares.samples + share * rest.samples,
      successes: compares.successes + share * rest.successes,
      qualitySum: compares.qualitySum + share * rest.qualitySum,
      qualityCount: compares.qualityCount + share * rest.qualityCount,
    },
    undrawn: {
      samples: (1 - share) * rest.samples,
      successes: (1 - share) * Math.min(rest.successes, rest.samples),
      qualitySum: (1 - share) * rest.qualitySum,
      qualityCount: (1 - share) * Math.min(rest.qualityCount, rest.samples),
    },
  }
}

/** A correction that is being applied may leave a sum below zero, or a part above the whole, for a moment. */
function within(value: number, most: number): number {
  return Math.max(0, Math.min(most, value))
}
