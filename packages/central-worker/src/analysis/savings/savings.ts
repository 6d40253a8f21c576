import type { Savings, TaskMetrics, TaskSavings } from '@winrate/shared-schema/http'

/** Models that a problem names at most. */
const MOST_NAMES = 10

interface Sums {
  readonly outcomes: number
  readonly successes: number
  readonly costUsd: number
}

interface Compared extends Sums {
  readonly baselineCostUsd: number
  /** The successes that the baseline would have been expected to have. */
  readonly baselineSuccesses: number
}

/**
 * What routing saved against sending the same outcomes to one model, the baseline.
 *
 * Compared are the cells with a known cost at task types where the baseline has samples and a known
 * cost, the baseline's own among them. Per task type, with `outcomes` = Σ samples of those cells:
 *
 *     cost          = Σ samples · mean cost
 *     baseline cost = outcomes · Σ samples · mean cost of the baseline's cells / Σ their samples
 *     saved         = baseline cost - cost
 *
 * and the total is the sum of that, so a baseline that did only the easy work does not look better for it. The
 * cost of a cell is the mean over the calls that reported one.
 */
export function computeSavings(cells: readonly TaskMetrics[], baseline: string): Savings {
  const counted = cells.filter(({ samples }) => samples > 0)
  const byTaskType = new Map<string, { all: Sums; reference: Sums }>()
  for (const cell of counted) {
    if (cell.avgCostUsd === null) continue
    const { all, reference } = byTaskType.get(cell.taskType) ?? { all: nothing, reference: nothing }
    const sums = {
      outcomes: cell.samples,
      successes: cell.successes,
      costUsd: cell.samples * cell.avgCostUsd,
    }
    byTaskType.set(cell.taskType, {
      all: add(all, sums),
      reference: cell.modelName === baseline ? add(reference, sums) : reference,
    })
  }
  let total: Compared = { ...nothing, baselineCostUsd: 0, baselineSuccesses: 0 }
  const taskTypes: TaskSavings[] = []
  for (const [taskType, { all, reference }] of byTaskType) {
    if (reference.outcomes === 0) continue
    const share = all.outcomes / reference.outcomes
    const baselineCostUsd = reference.costUsd * share
    const baselineSuccesses = reference.successes * share
    taskTypes.push({
      taskType,
      ...savedBy({ ...all, baselineCostUsd, baselineSuccesses }),
      baselineOutcomes: reference.outcomes,
    })
    total = {
      ...add(total, all),
      baselineCostUsd: total.baselineCostUsd + baselineCostUsd,
      baselineSuccesses: total.baselineSuccesses + baselineSuccesses,
    }
  }
  const outcomes = counted.reduce((sum, { samples }) => sum + samples, 0)
  const isCompared = taskTypes.length > 0
  return {
    baseline,
    problem: isCompared ? null : describeProblem(counted, baseline),
    total: isCompared ? savedBy(total) : null,
    taskTypes,
    outcomesLeftOut: outcomes - total.outcomes,
  }
}

const nothing: Sums = { outcomes: 0, successes: 0, costUsd: 0 }

function add(one: Sums, other: Sums): Sums {
  return {
    outcomes: one.outcomes + other.outcomes,
    successes: one.successes + other.successes,
    costUsd: one.costUsd + other.costUsd,
  }
}

function savedBy({ outcomes, successes, costUsd, baselineCostUsd, baselineSuccesses }: Compared) {
  const savedUsd = baselineCostUsd - costUsd
  const winRate = successes / outcomes
  const baselineWinRate = Math.min(1, baselineSuccesses / outcomes)
  return {
    outcomes,
    costUsd: rounded(costUsd),
    baselineCostUsd: rounded(baselineCostUsd),
    savedUsd: rounded(savedUsd),
    savedShare: rounded(baselineCostUsd) > 0 ? rounded(savedUsd / baselineCostUsd) : null,
    winRate: rounded(winRate),
    baselineWinRate: rounded(baselineWinRate),
    winRateDifference: rounded(winRate - baselineWinRate),
  }
}

function describeProblem(counted: readonly TaskMetrics[], baseline: string): string {
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
  const { outcomes, savedUsd, savedShare, baselineCostUsd, winRate, baselineWinRate } = total
  const share = savedShare === null ? '' : ` (${(savedShare * 100).toFixed(1)} %)`
  const left = outcomesLeftOut === 0 ? '' : `; ${outcomesLeftOut} could not be compared`
  return `Savings against ${baseline}: ${dollars(savedUsd)} of ${dollars(baselineCostUsd)}${share} over ${outcomes} outcomes, win rate ${winRate.toFixed(3)} against ${baselineWinRate.toFixed(3)}${left}.`
}

/** To the cent, and small amounts to two digits. */
function dollars(amount: number): string {
  const size = Math.abs(amount)
  const text = size === 0 || size >= 1 ? size.toFixed(2) : Number(size.toPrecision(2)).toString()
  return `${amount < 0 ? '-' : ''}$${text}`
}
