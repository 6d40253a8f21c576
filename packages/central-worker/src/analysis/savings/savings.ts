import type { Savings, TaskMetrics, TaskSavings } from '@winrate/shared-schema/http'

/** Models that a problem names at most. */
const MOST_NAMES = 10

interface Sums {
  readonly outcomes: number
  readonly successes: number
  readonly costUsd: number
  readonly baselineCostUsd: number
  /** What the baseline would have been expected to succeed at. */
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
 * and the total is the sum of that, so a baseline that only did the easy work gains nothing by it. The
 * cost of a cell is the mean of the calls that reported one.
 */
export function computeSavings(cells: readonly TaskMetrics[], baseline: string): Savings {
  const counted = cells.filter(({ samples }) => samples > 0)
  const priced = counted.filter(({ avgCostUsd }) => avgCostUsd !== null)
  const baselines = new Map(
    [...groupByTaskType(priced.filter(({ modelName }) => modelName === baseline))].map(
      ([taskType, group]) => [taskType, addUp(group)],
    ),
  )
  const compared: { sums: Sums; row: TaskSavings }[] = []
  for (const [taskType, group] of groupByTaskType(priced)) {
    const reference = baselines.get(taskType)
    if (reference === undefined) continue
    const { outcomes, successes, costUsd } = addUp(group)
    const share = outcomes / reference.outcomes
    const sums: Sums = {
      ...{ outcomes, successes, costUsd },
      baselineCostUsd: reference.costUsd * share,
      baselineSuccesses: reference.successes * share,
    }
    compared.push({
      sums,
      row: { taskType, ...savedBy(sums), baselineOutcomes: reference.outcomes },
    })
  }
  const total = compared.map(({ sums }) => sums).reduce(addSums, noSums)
  const all = counted.reduce((sum, { samples }) => sum + samples, 0)
  return {
    baseline,
    problem: compared.length > 0 ? null : describeProblem(counted, baseline),
    total: compared.length > 0 ? savedBy(total) : null,
    taskTypes: compared.map(({ row }) => row),
    outcomesLeftOut: all - total.outcomes,
  }
}

const noSums: Sums = {
  outcomes: 0,
  successes: 0,
  costUsd: 0,
  baselineCostUsd: 0,
  baselineSuccesses: 0,
}

function savedBy({ outcomes, successes, costUsd, baselineCostUsd, baselineSuccesses }: Sums) {
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

function addUp(cells: readonly TaskMetrics[]) {
  return cells.reduce(
    (sum, { samples, successes, avgCostUsd }) => ({
      outcomes: sum.outcomes + samples,
      successes: sum.successes + successes,
      costUsd: sum.costUsd + samples * (avgCostUsd ?? 0),
    }),
    { outcomes: 0, successes: 0, costUsd: 0 },
  )
}

function addSums(one: Sums, other: Sums): Sums {
  return {
    outcomes: one.outcomes + other.outcomes,
    successes: one.successes + other.successes,
    costUsd: one.costUsd + other.costUsd,
    baselineCostUsd: one.baselineCostUsd + other.baselineCostUsd,
    baselineSuccesses: one.baselineSuccesses + other.baselineSuccesses,
  }
}

function groupByTaskType(cells: readonly TaskMetrics[]): Map<string, TaskMetrics[]> {
  const groups = new Map<string, TaskMetrics[]>()
  for (const cell of cells) {
    const group = groups.get(cell.taskType)
    if (group === undefined) groups.set(cell.taskType, [cell])
    else group.push(cell)
  }
  return groups
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
