// How the success of routing compares with the baseline's, by drawn outcomes only. Drawn ones of one task type, instance and
// day are compared with each other: pinned, `risk: 'high'` and described calls, which may be easier or harder, take no part.
import { type Stratum, stratifiedDifference } from '../contrast/stratified-difference.ts'
import type { DrawnWork } from './drawn-work.ts'

export interface ComparedSuccess {
  /** Drawn outcomes that tell of it. */
  readonly drawnOutcomes: number
  /** Of routing and of the baseline; null where no drawn outcomes can be compared. */
  readonly winRate: number | null
  readonly baselineWinRate: number | null
  readonly winRateDifference: number | null
  /** Its 95 % interval. */
  readonly winRateDifferenceLow: number | null
  readonly winRateDifferenceHigh: number | null
}

export const unknownSuccess: ComparedSuccess = {
  ...{ drawnOutcomes: 0, winRate: null, baselineWinRate: null },
  ...{ winRateDifference: null, winRateDifferenceLow: null, winRateDifferenceHigh: null },
}

/** Fewer drawn outcomes of either side say nothing. */
const LEAST_DRAWN = 10

const none = { samples: 0, successes: 0 }

/** By task type: the share of other models in what was drawn times how they differ from the baseline. */
export function compareSuccess(
  drawn: readonly DrawnWork[],
  baseline: string,
): ReadonlyMap<string, ComparedSuccess> {
  const byTaskType = new Map<string, Map<string, Stratum>>()
  for (const { taskType, modelName, circumstances, samples, successes } of drawn) {
    const strata = byTaskType.get(taskType) ?? new Map<string, Stratum>()
    byTaskType.set(taskType, strata)
    const known = strata.get(circumstances)
    const side = modelName === baseline ? 'own' : 'others'
    const before = known?.[side] ?? none
    strata.set(circumstances, {
      ...(known ?? { own: none, others: none, cluster: circumstances }),
      [side]: {
        samples: before.samples + samples,
        successes: Math.min(before.samples + samples, before.successes + successes),
      },
    })
  }
  return new Map(
    [...byTaskType].map(([taskType, strata]) => [taskType, compareStrata([...strata.values()])]),
  )
}

function compareStrata(all: readonly Stratum[]): ComparedSuccess {
  const total = (side: 'own' | 'others', strata: readonly Stratum[]) =>
    strata.reduce((sum, stratum) => sum + stratum[side].samples, 0)
  const both = all.filter(({ own, others }) => own.samples > 0 && others.samples > 0)
  const least = Math.min(total('own', both), total('others', both))
  if (least < LEAST_DRAWN) return unknownSuccess
  const { winRate: baselineWinRate, comparison } = stratifiedDifference(both)
  const share = total('others', all) / (total('own', all) + total('others', all))
  const winRateDifference = rounded(-share * comparison.difference)
  return {
    drawnOutcomes: total('own', both) + total('others', both),
    winRate: rounded(Math.min(1, Math.max(0, baselineWinRate + winRateDifference))),
    baselineWinRate: rounded(baselineWinRate),
    winRateDifference,
    winRateDifferenceLow: rounded(Math.max(-1, -share * comparison.high)),
    winRateDifferenceHigh: rounded(Math.min(1, -share * comparison.low)),
  }
}

/** The mean over task types, weighted by the drawn outcomes. */
export function totalSuccess(each: readonly ComparedSuccess[]): ComparedSuccess {
  let outcomes = 0
  const sums = { winRate: 0, baselineWinRate: 0, difference: 0, below: 0, above: 0 }
  for (const one of each) {
    const { drawnOutcomes, winRate, baselineWinRate, winRateDifference: difference } = one
    if (winRate === null || baselineWinRate === null || difference === null) continue
    outcomes += drawnOutcomes
    sums.winRate += drawnOutcomes * winRate
    sums.baselineWinRate += drawnOutcomes * baselineWinRate
    sums.difference += drawnOutcomes * difference
    sums.below += (drawnOutcomes * (difference - (one.winRateDifferenceLow ?? -1))) ** 2
    sums.above += (drawnOutcomes * ((one.winRateDifferenceHigh ?? 1) - difference)) ** 2
  }
  if (outcomes === 0) return unknownSuccess
  const difference = sums.difference / outcomes
  return {
    drawnOutcomes: outcomes,
    winRate: rounded(sums.winRate / outcomes),
    baselineWinRate: rounded(sums.baselineWinRate / outcomes),
    winRateDifference: rounded(difference),
    winRateDifferenceLow: rounded(Math.max(-1, difference - Math.sqrt(sums.below) / outcomes)),
    winRateDifferenceHigh: rounded(Math.min(1, difference + Math.sqrt(sums.above) / outcomes)),
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(9)) + 0
}
