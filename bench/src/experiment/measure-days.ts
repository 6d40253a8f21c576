// How often the intervals of evaluated days contain what the baseline would have cost, and how often it would have succeeded.
import {
  evaluateDays,
  madeFleets,
  sequenceWidth,
  simulateDays,
  totalCost,
} from '@winrate/central-worker/testing'

/** Prints a row for each made fleet. */
export function measureDays(runs: number, part: string): void {
  for (const [name, made] of Object.entries(madeFleets)) {
    if (!`days: ${name}`.includes(part)) continue
    const counts = { days: 0, cost: 0, success: 0, described: 0, totals: 0, total: 0 }
    let [reach, saved] = [0, 0]
    for (let seed = 1; seed <= runs; seed += 1) {
      const days = simulateDays({ ...made, seed })
      const told = evaluateDays(days.map(({ drawn }) => drawn)).flatMap((one, at) => {
        const day = days[at]
        return day !== undefined && 'cost' in one ? [{ ...one, truth: day }] : []
      })
      for (const { cost, success, truth } of told) {
        const { decisions, baselineCostUsd, baselineSuccesses, chosenCostUsd } = truth
        counts.days += 1
        if (isWithin(cost, baselineCostUsd / decisions)) counts.cost += 1
        if (isWithin(success, baselineSuccesses / decisions)) counts.success += 1
        reach += (cost.high - cost.low) / 2 / cost.value
        saved += chosenCostUsd / (baselineCostUsd / decisions) - 1
      }
      if (told.length === 0) continue
      const total = totalCost(
        told.map(({ day, cost, costError, truth: { decisions } }) => ({
          ...{ day, decisions, baselineCostUsd: decisions * cost.value, costError },
        })),
        sequenceWidth,
      )
      counts.totals += 1
      if (
        isWithin(
          total,
          told.reduce((sum, { truth }) => sum + truth.baselineCostUsd, 0),
        )
      ) {
        counts.total += 1
      }
    }
    console.log(
      JSON.stringify({
        name,
        evaluated: percent(counts.days, runs * made.days),
        ...{
          cost: percent(counts.cost, counts.days),
          success: percent(counts.success, counts.days),
        },
        ...{ total: percent(counts.total, counts.totals), reach: percent(reach, counts.days) },
        descriptionOff: percent(saved, counts.days),
      }),
    )
  }
}

function isWithin({ low, high }: { readonly low: number; readonly high: number }, truth: number) {
  return truth >= low && truth <= high
}

function percent(count: number, of: number): string {
  return of === 0 ? 'none' : `${((100 * count) / of).toFixed(1)} %`
}
