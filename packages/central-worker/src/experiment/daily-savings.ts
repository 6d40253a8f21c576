// What learned routing saved or lost, by day and task type: against the holdout where there is one, else against what the
// baseline cost where routing chose it. The first is an experiment; the second describes, and routing chose its work.
import type { ModelName } from '@winrate/shared-schema/contracts'
import type { ExperimentBody } from '@winrate/shared-schema/http'
import { computeSavings } from '../analysis/savings/savings.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { type ArmColumns, total } from './compare-arms.ts'
import type { DaySums } from './read-sums.ts'

export type Day = ExperimentBody['days'][number]

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
        ...{ day, taskType, decisions: costCount },
        ...{ costUsd: rounded(costSumUsd), baselineCostUsd: rounded(baselineCostUsd) },
        savedUsd: rounded(baselineCostUsd - costSumUsd),
        successDifference: isJudged
          ? rounded(learned.successes / learned.judged - other.successes / other.judged)
          : null,
        basis: 'experiment',
      },
    ]
  })
}

interface CellDay {
  readonly day: string
  readonly taskType: string
  readonly provider: string
  readonly modelName: string
  readonly samples: number
  readonly avgCostUsd: number | null
}

/** Cells that are read of days: those with the most outcomes. */
const MOST_CELLS = 20_000

/** @param baseline By the name that metrics have. */
export async function savingsByDescription(
  queryable: Queryable,
  {
    days,
    baseline,
    nameOf,
  }: { days: number; baseline: string; nameOf: (given: ModelName) => ModelName },
): Promise<readonly Day[]> {
  const { rows } = await queryable.query<CellDay>({
    name: 'read-cell-days',
    text: `
      select
        (hour at time zone 'UTC')::date::text as day, task_type as "taskType", provider, model_name as "modelName",
        sum(samples)::float8 as samples, sum(cost_sum_usd) / nullif(sum(cost_count), 0) as "avgCostUsd"
      from winrate.outcome_rollups
      where hour > date_trunc('day', now(), 'UTC') - make_interval(days => $1)
        and instance_id not in (select instance_id from winrate.instance_quarantines)
      group by 1, task_type, provider, model_name
      having sum(samples) > 0
      order by sum(samples) desc, 1, task_type, provider, model_name
      limit $2`,
    values: [days, MOST_CELLS],
  })
  const byDay = new Map<string, CellDay[]>()
  for (const row of rows) {
    const cells = byDay.get(row.day) ?? []
    byDay.set(row.day, cells)
    cells.push({ ...row, ...nameOf(row) })
  }
  return [...byDay].flatMap(([day, cells]) =>
    computeSavings(cells, baseline, []).taskTypes.map(
      ({ taskType, outcomes, costUsd, baselineCostUsd, savedUsd }): Day => ({
        ...{ day, taskType, decisions: outcomes, costUsd, baselineCostUsd, savedUsd },
        ...{ successDifference: null, basis: 'description' },
      }),
    ),
  )
}

/** Each day and task type once: by experiment where one tells. The newest first. */
export function mergeDays(experiment: readonly Day[], description: readonly Day[]): readonly Day[] {
  const told = new Set(experiment.map(keyOf))
  return [...experiment, ...description.filter((day) => !told.has(keyOf(day)))].sort(
    (one, other) => order(other.day, one.day) || order(one.taskType, other.taskType),
  )
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function keyOf({ day, taskType }: Pick<Day, 'day' | 'taskType'>): string {
  return `${day} ${taskType}`
}

function rounded(value: number): number {
  return Number(value.toFixed(9)) + 0
}
