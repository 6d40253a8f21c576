// What learned routing saved or lost, by day and task type: against the holdout where there is one, else as
// daily-evaluation.ts tells; and in all.
import type { ExperimentBody } from '@winrate/shared-schema/http'
import type { CostError } from '../analysis/savings/evaluate-savings.ts'
import { totalCost } from '../analysis/savings/sum-costs.ts'
import { type ArmColumns, total } from './compare-arms.ts'
import { sequenceWidth } from './confidence-sequence.ts'
import type { DaySums } from './read-sums.ts'

export type Day = ExperimentBody['days'][number]
type Total = ExperimentBody['totals'][number]

/** With how far the baseline's cost may be off, where the day is evaluated. */
export type ToldDay = Day & { readonly costError?: CostError }

/** In the holdout of the whole experiment, of one task type; of fewer the mean cost says nothing. */
const LEAST_HELD = 20

/**
 * With the mean cost of the holdout over the whole experiment, so that a day with few held out decisions is not a matter of
 * luck, and days add up to the whole.
 */
export function savingsByExperiment(
  days: readonly DaySums[],
  byTaskType: ReadonlyMap<string, ArmColumns>,
): readonly Day[] {
  const held = new Map(
    days.filter(({ arm }) => arm === 'holdout').map((sums) => [keyOf(sums), sums]),
  )
  return days.flatMap((learned): Day[] => {
    const { day, taskType, arm, costCount, costSumUsd } = learned
    const columns = byTaskType.get(taskType)
    if (arm !== 'learned' || costCount === 0 || columns === undefined) return []
    const known = total([columns], 'holdout', 'costCount')
    if (known < LEAST_HELD) return []
    const baselineCostUsd = (costCount * total([columns], 'holdout', 'costSumUsd')) / known
    const other = held.get(keyOf(learned))
    const isJudged = other !== undefined && other.judged > 0 && learned.judged > 0
    return [
      {
        ...{ day, taskType, decisions: costCount, leftOut: 0 },
        ...{ costUsd: rounded(costSumUsd), baselineCostUsd: rounded(baselineCostUsd) },
        savedUsd: rounded(baselineCostUsd - costSumUsd),
        ...{
          savedLowUsd: null,
          savedHighUsd: null,
          successLow: null,
          successHigh: null,
          why: null,
        },
        successDifference: isJudged
          ? rounded(learned.successes / learned.judged - other.successes / other.judged)
          : null,
        basis: 'experiment',
      },
    ]
  })
}

/** Each day and task type once: by experiment where one tells. The newest first. */
export function mergeDays(
  experiment: readonly ToldDay[],
  others: readonly ToldDay[],
): readonly ToldDay[] {
  const told = new Set(experiment.map(keyOf))
  return [...experiment, ...others.filter((day) => !told.has(keyOf(day)))].sort(
    (one, other) => order(other.day, one.day) || order(one.taskType, other.taskType),
  )
}

const bases = ['experiment', 'evaluation', 'description'] as const

/** By basis. Of what is evaluated with a confidence sequence, as people look again and again at a sum that grows. */
export function totalDays(days: readonly ToldDay[]): readonly Total[] {
  return bases.flatMap((basis): Total[] => {
    const some = days.filter((day) => day.basis === basis)
    if (some.length === 0) return []
    const sum = (of: (day: Day) => number) => some.reduce((before, day) => before + of(day), 0)
    const [costUsd, baselineCostUsd] = [
      sum((day) => day.costUsd),
      sum((day) => day.baselineCostUsd),
    ]
    const evaluated = some.flatMap(({ costError, ...day }) =>
      costError === undefined ? [] : [{ ...day, costError }],
    )
    const baseline = evaluated.length === 0 ? undefined : totalCost(evaluated, sequenceWidth)
    return [
      {
        ...{ basis, days: new Set(some.map(({ day }) => day)).size },
        decisions: sum((day) => day.decisions),
        ...{ costUsd: rounded(costUsd), baselineCostUsd: rounded(baselineCostUsd) },
        savedUsd: rounded(baselineCostUsd - costUsd),
        savedLowUsd: baseline === undefined ? null : rounded(baseline.low - costUsd),
        savedHighUsd: baseline === undefined ? null : rounded(baseline.high - costUsd),
      },
    ]
  })
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

export function keyOf({ day, taskType }: Pick<Day, 'day' | 'taskType'>): string {
  return `${day} ${taskType}`
}

export function rounded(value: number): number {
  return Number(value.toFixed(9)) + 0
}
