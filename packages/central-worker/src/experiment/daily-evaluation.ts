// What learned routing saved or lost on days without an experiment, by task type: by off-policy evaluation where chance chose
// the baseline often enough, else by a description of what the baseline cost where routing chose it.
import type { ModelName } from '@winrate/shared-schema/contracts'
import { type DrawnForBaseline, readDrawnForBaseline } from '../analysis/savings/drawn-baseline.ts'
import {
  type EvaluatedDay,
  evaluateDays,
  type UnknownDay,
} from '../analysis/savings/evaluate-savings.ts'
import { computeSavings, costsOfLaterAttempts } from '../analysis/savings/savings.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { keyOf, rounded, type ToldDay } from './daily-savings.ts'

interface CellDay {
  readonly day: string
  readonly taskType: string
  readonly provider: string
  readonly modelName: string
  readonly samples: number
  readonly avgCostUsd: number | null
  /** Of all models of this day and task type. */
  readonly all: number
  readonly drawnSamples: number
  readonly drawnSuccesses: number
  readonly drawnCostCount: number
  readonly drawnCostUsd: number
}

/** Cells that are read of days: those with the most outcomes. */
const MOST_CELLS = 20_000

/** @param baseline By the name that metrics have. */
export async function daysWithoutExperiment(
  queryable: Queryable,
  {
    days,
    baseline,
    nameOf,
  }: { days: number; baseline: string; nameOf: (given: ModelName) => ModelName },
): Promise<readonly ToldDay[]> {
  const cells = await readCellDays(queryable, days)
  const called = cells.filter((cell) => nameOf(cell).modelName === baseline)
  const drawn = await readDrawnForBaseline(queryable, { days, called, nameOf })
  const evaluated = evaluate(cells, drawn)
  const byDay = groupBy(cells, ({ day }) => day)
  return [...byDay].flatMap(([day, some]) => {
    const named = some.map((cell) => ({ ...cell, ...nameOf(cell) }))
    const later = costsOfLaterAttempts(named)
    const drawnOf = new Map(named.map((cell) => [cell.taskType, cell]))
    return computeSavings(named, baseline, []).taskTypes.map(({ taskType, ...saved }): ToldDay => {
      const known = evaluated.get(keyOf({ day, taskType }))
      const totals = drawnOf.get(taskType)
      if (totals !== undefined && known !== undefined && 'cost' in known) {
        return toldBy(known, totals, later.get(taskType) ?? 0)
      }
      const { outcomes, costUsd, baselineCostUsd, savedUsd } = saved
      return {
        ...{ day, taskType, decisions: outcomes, leftOut: 0, costUsd, baselineCostUsd, savedUsd },
        ...{ savedLowUsd: null, savedHighUsd: null, successDifference: null },
        ...{ successLow: null, successHigh: null, basis: 'description' },
        why: known !== undefined && 'why' in known ? known.why : 'chance never chose the baseline',
      }
    })
  })
}

/** By day and task type. */
function evaluate(
  cells: readonly CellDay[],
  drawn: ReadonlyMap<string, DrawnForBaseline>,
): ReadonlyMap<string, EvaluatedDay | UnknownDay> {
  const totals = new Map(cells.map((cell) => [keyOf(cell), cell]))
  const withParts = [...drawn].flatMap(([key, { day, taskType, parts }]) => {
    const total = totals.get(key)
    if (total === undefined) return []
    return [{ day, taskType, samples: total.drawnSamples, parts }]
  })
  const byTaskType = groupBy(withParts, ({ taskType }) => taskType)
  return new Map(
    [...byTaskType.values()].flatMap((days) => evaluateDays(days)).map((one) => [keyOf(one), one]),
  )
}

/** Drawn decisions at what they cost, with all that later attempts cost, and at the baseline's mean. */
function toldBy(
  { day, taskType, cost, success, costError }: EvaluatedDay,
  totals: CellDay,
  laterUsd: number,
): ToldDay {
  const { drawnSamples, drawnSuccesses, drawnCostCount: decisions, drawnCostUsd } = totals
  const costUsd = drawnCostUsd + laterUsd
  const rate = drawnSuccesses / drawnSamples
  return {
    ...{ day, taskType, decisions, leftOut: totals.all - drawnSamples },
    ...{ costUsd: rounded(costUsd), baselineCostUsd: rounded(decisions * cost.value) },
    savedUsd: rounded(decisions * cost.value - costUsd),
    savedLowUsd: rounded(decisions * cost.low - costUsd),
    savedHighUsd: rounded(decisions * cost.high - costUsd),
    successDifference: rounded(rate - success.value),
    successLow: rounded(rate - success.high),
    successHigh: rounded(rate - success.low),
    ...{ basis: 'evaluation', why: null, costError },
  }
}

async function readCellDays(queryable: Queryable, days: number): Promise<readonly CellDay[]> {
  const { rows } = await queryable.query<CellDay>({
    name: 'read-cell-days',
    text: `
      select
        (hour at time zone 'UTC')::date::text as day, task_type as "taskType", provider, model_name as "modelName",
        sum(samples)::float8 as samples, sum(cost_sum_usd) / nullif(sum(cost_count), 0) as "avgCostUsd",
        (sum(sum(samples)) over same_work)::float8 as all,
        (sum(sum(drawn_samples)) over same_work)::float8 as "drawnSamples",
        (sum(sum(drawn_successes)) over same_work)::float8 as "drawnSuccesses",
        (sum(sum(drawn_cost_count)) over same_work)::float8 as "drawnCostCount",
        sum(sum(drawn_cost_sum_usd)) over same_work as "drawnCostUsd"
      from winrate.outcome_rollups
      where hour > date_trunc('day', now(), 'UTC') - make_interval(days => $1)
        and instance_id not in (select instance_id from winrate.instance_quarantines)
      group by (hour at time zone 'UTC')::date, task_type, provider, model_name
      having sum(samples) > 0
      window same_work as (partition by (hour at time zone 'UTC')::date, task_type)
      order by sum(samples) desc, 1, task_type, provider, model_name
      limit $2`,
    values: [days, MOST_CELLS],
  })
  return rows
}

function groupBy<Item>(
  items: readonly Item[],
  groupOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(groupOf(item)) ?? []
    groups.set(groupOf(item), group)
    group.push(item)
  }
  return groups
}
