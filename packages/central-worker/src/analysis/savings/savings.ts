import { askedTask, isAfterFailures } from '@winrate/shared-schema/contracts'
import type { Savings, TaskMetrics, TaskSavings } from '@winrate/shared-schema/http'
import {
  type ComparedSuccess,
  compareSuccess,
  totalSuccess,
  unknownSuccess,
} from './compared-success.ts'
import type { DrawnWork } from './drawn-work.ts'

/** Models that a problem names at most. */
const MOST_NAMES = 10

interface Sums {
  readonly outcomes: number
  readonly costUsd: number
}

interface Compared extends Sums {
  readonly baselineCostUsd: number
}

/**
 * What routing cost, beside what the same outcomes would have cost at one model, the baseline. It is a description:
 * routing chose which work each model got, and the dearer work may have gone to either.
 *
 * Costs are compared over the cells with a known cost at task types where the baseline has samples and a known
 * cost, the baseline's own among them. Per task type, with `outcomes` = Σ samples of those cells:
 *
 *     cost          = Σ samples · mean cost
 *     baseline cost = outcomes · Σ samples · mean cost of the baseline's cells / Σ their samples
 *     saved         = baseline cost - cost
 *
 * A later attempt, after the answer of another model failed, adds to the cost and is no outcome of its own: the decision is.
 * The total is the sum of that, so a baseline that did only the easy work does not look better for it. The
 * cost of a cell is the mean over the calls that reported one. How the success compares is told by drawn outcomes only:
 * see compareSuccess.
 */
export function computeSavings(
  cells: readonly SavingsCell[],
  baseline: string,
  drawn: readonly DrawnWork[],
): Savings {
  const counted = cells.filter(({ taskType, samples }) => samples > 0 && !isAfterFailures(taskType))
  const later = costsOfLaterAttempts(cells)
  const byTaskType = new Map<string, { all: Sums; reference: Sums }>()
  for (const cell of counted) {
    if (cell.avgCostUsd === null) continue
    const { all, reference } = byTaskType.get(cell.taskType) ?? { all: nothing, reference: nothing }
    const sums = {
      outcomes: cell.samples,
      costUsd: cell.samples * cell.avgCostUsd,
    }
    byTaskType.set(cell.taskType, {
      all: add(all, sums),
      reference: cell.modelName === baseline ? add(reference, sums) : reference,
    })
  }
  const success = compareSuccess(drawn, baseline)
  let total: Compared = { ...nothing, baselineCostUsd: 0 }
  const taskTypes: TaskSavings[] = []
  for (const [taskType, { all: first, reference }] of byTaskType) {
    if (reference.outcomes === 0) continue
    const all = { ...first, costUsd: first.costUsd + (later.get(taskType) ?? 0) }
    const share = all.outcomes / reference.outcomes
    const baselineCostUsd = reference.costUsd * share
    taskTypes.push({
      taskType,
      ...savedBy({ ...all, baselineCostUsd }, success.get(taskType) ?? unknownSuccess),
      baselineOutcomes: reference.outcomes,
    })
    total = {
      ...add(total, all),
      baselineCostUsd: total.baselineCostUsd + baselineCostUsd,
    }
  }
  const outcomes = counted.reduce((sum, { samples }) => sum + samples, 0)
  const isCompared = taskTypes.length > 0
  return {
    baseline,
    problem: isCompared ? null : describeProblem(counted, baseline),
    total: isCompared
      ? savedBy(
          total,
          totalSuccess(taskTypes.flatMap(({ taskType }) => success.get(taskType) ?? [])),
        )
      : null,
    taskTypes,
    outcomesLeftOut: outcomes - total.outcomes,
  }
}

export type SavingsCell = Pick<TaskMetrics, 'taskType' | 'modelName' | 'samples' | 'avgCostUsd'>

/** By the task type that they are attempts of. Without an own row there, they are no part of the comparison. */
export function costsOfLaterAttempts(cells: readonly SavingsCell[]): ReadonlyMap<string, number> {
  const costs = new Map<string, number>()
  for (const { taskType, samples, avgCostUsd } of cells) {
    if (!isAfterFailures(taskType)) continue
    const asked = askedTask(taskType)
    costs.set(asked, (costs.get(asked) ?? 0) + samples * (avgCostUsd ?? 0))
  }
  return costs
}

const nothing: Sums = { outcomes: 0, costUsd: 0 }

function add(one: Sums, other: Sums): Sums {
  return {
    outcomes: one.outcomes + other.outcomes,
    costUsd: one.costUsd + other.costUsd,
  }
}

function savedBy({ outcomes, costUsd, baselineCostUsd }: Compared, success: ComparedSuccess) {
  const savedUsd = baselineCostUsd - costUsd
  return {
    outcomes,
    costUsd: rounded(costUsd),
    baselineCostUsd: rounded(baselineCostUsd),
    savedUsd: rounded(savedUsd),
    savedShare: rounded(baselineCostUsd) > 0 ? rounded(savedUsd / baselineCostUsd) : null,
    ...success,
  }
}

function describeProblem(counted: readonly SavingsCell[], baseline: string): string {
  if (counted.some(({ modelName }) => modelName === baseline)) {
    return `no outcome of the model "${baseline}" in the window says what it cost`
  }
  const names = [...new Set(counted.map(({ modelName }) => modelName))].sort()
  const listed = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  const present = names.length === 0 ? 'there are no outcomes yet' : `there are ${listed}${more}`
  return `no outcome of a model "${baseline}" is in the window; ${present}`
}

function rounded(value: number): number {
  return Number(value.toFixed(9))
}

/** Savings in one line. */
export function describeSavings({ baseline, problem, total, outcomesLeftOut }: Savings): string {
  if (total === null) return `Savings against ${baseline}: unknown, because ${problem}.`
  const { outcomes, savedUsd, savedShare, baselineCostUsd } = total
  const share = savedShare === null ? '' : ` (${(savedShare * 100).toFixed(1)} %)`
  const left = outcomesLeftOut === 0 ? '' : `; ${outcomesLeftOut} could not be compared`
  return `Savings against ${baseline}: ${dollars(savedUsd)} of ${dollars(baselineCostUsd)}${share} over ${outcomes} outcomes at its mean cost${left}. ${describeSuccess(total)}`
}

function describeSuccess({
  drawnOutcomes,
  winRateDifference,
  winRateDifferenceLow,
  winRateDifferenceHigh,
}: ComparedSuccess): string {
  const [difference, low, high] = [winRateDifference, winRateDifferenceLow, winRateDifferenceHigh]
  if (difference === null || low === null || high === null) {
    return 'Nothing tells how the success compares: neither was drawn on the same day of an instance.'
  }
  const points = (value: number) => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`
  return `Success over ${drawnOutcomes} drawn outcomes: ${points(difference)} points (${points(low)} to ${points(high)}).`
}

/** To the cent, and small amounts to two digits. */
function dollars(amount: number): string {
  const size = Math.abs(amount)
  const text = size === 0 || size >= 1 ? size.toFixed(2) : Number(size.toPrecision(2)).toString()
  return `${amount < 0 ? '-' : ''}$${text}`
}
