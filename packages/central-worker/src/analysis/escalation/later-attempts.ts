// What later attempts achieve: how many decisions they rescue, at which cost, beside what first attempts and the best single
// model achieve. A description, from the sums of the window: which work came to which model was no chance.
import {
  isAfterFailures,
  learnedTaskType,
  type ModelName,
  modelKey,
  parentTask,
  rootTask,
} from '@winrate/shared-schema/contracts'
import type { LaterAttempts } from '@winrate/shared-schema/http'
import type { Queryable } from '../../postgres/queryable.ts'

/** Sums of one model at a task type, over all instances that are not left out. */
export interface AttemptSums extends ModelName {
  readonly taskType: string
  readonly samples: number
  readonly successes: number
  /** Answers besides, that nobody judged. */
  readonly unjudged: number
  readonly costUsd: number
  readonly costCount: number
}

/** Sums that are read: those with the most samples. */
const MOST_SUMS = 20_000
/** A model with fewer first attempts is no best single one. */
const LEAST_SINGLE = 30
/** Of the single models: as many outcomes of mean success as a few lucky ones are worth. */
const SINGLE_PRIOR = 10
/** Share of answers that must say what they cost. */
const LEAST_PRICED = 0.5

/** What the window holds of the task types with later attempts; nothing is summed where there are none. */
export async function readLaterAttempts(
  queryable: Queryable,
  windowDays: number,
  nameOf: (given: ModelName) => ModelName,
): Promise<LaterAttempts[]> {
  const { rows: strata } = await queryable.query<{ taskType: string }>({
    name: 'read-later-attempt-task-types',
    text: `select distinct task_type as "taskType" from winrate.task_metrics where task_type like '%/@after-%'`,
  })
  if (strata.length === 0) return []
  const roots = new Set(strata.map(({ taskType }) => rootTask(taskType)))
  const { rows } = await queryable.query<AttemptSums>({
    name: 'read-later-attempts',
    text: `
      select
        task_type as "taskType", provider, model_name as "modelName",
        sum(samples)::float8 as samples, sum(successes)::float8 as successes, sum(unjudged)::float8 as unjudged,
        sum(cost_sum_usd)::float8 as "costUsd", sum(cost_count)::float8 as "costCount"
      from winrate.outcome_rollups
      where hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => $1)
        and split_part(task_type, '/', 1) = any ($2)
        and instance_id not in (select instance_id from winrate.instance_quarantines)
      group by task_type, provider, model_name
      having sum(samples) >= 0 and sum(unjudged) >= 0 and sum(samples + unjudged) > 0
      order by sum(samples) desc, task_type, provider, model_name
      limit $3`,
    values: [Math.round(windowDays * 24), [...roots], MOST_SUMS],
  })
  return describeLaterAttempts(rows.map((row) => ({ ...row, ...nameOf(row) })))
}

/** By the task type that later attempts are learned under, those with the most first. */
export function describeLaterAttempts(sums: readonly AttemptSums[]): LaterAttempts[] {
  const groups = new Map<string, { first: AttemptSums[]; later: AttemptSums[] }>()
  for (const one of sums) {
    const taskType = groupOf(one.taskType)
    const group = groups.get(taskType) ?? { first: [], later: [] }
    groups.set(taskType, group)
    group[isAfterFailures(one.taskType) ? 'later' : 'first'].push(one)
  }
  return [...groups]
    .flatMap(([taskType, { first, later }]) =>
      compare(taskType, addUp(first), addUp(later), { first, later }),
    )
    .sort((one, other) => other.escalated - one.escalated)
}

/** The task type whose strata hold the later attempts of this one. */
function groupOf(taskType: string): string {
  return parentTask(learnedTaskType(taskType, 'x')) ?? taskType
}

type Totals = Omit<AttemptSums, 'taskType' | keyof ModelName>

function addUp(all: readonly AttemptSums[]): Totals {
  const totals = { samples: 0, successes: 0, unjudged: 0, costUsd: 0, costCount: 0 }
  for (const one of all) {
    totals.samples += one.samples
    // A correction that is being applied may leave a sum below zero, or a part above the whole, for a moment.
    totals.successes += Math.max(0, Math.min(one.samples, one.successes))
    totals.unjudged += one.unjudged
    totals.costUsd += one.costUsd
    totals.costCount += one.costCount
  }
  return totals
}

function compare(
  taskType: string,
  first: Totals,
  later: Totals,
  of: { readonly first: readonly AttemptSums[]; readonly later: readonly AttemptSums[] },
): LaterAttempts[] {
  if (first.samples <= 0 || later.samples <= 0) return []
  const [firstCost, laterCost] = [meanCost(first), meanCost(later)]
  const answers = later.samples + later.unjudged
  // Of a decision one later attempt at most succeeds: nothing follows on a success.
  const winRate = Math.min(1, (first.successes + later.successes) / first.samples)
  const laterCostUsd = laterCost === null ? null : laterCost * answers
  const costUsd =
    firstCost === null || laterCostUsd === null ? null : firstCost + laterCostUsd / first.samples
  const single = bestSingle(of.first, first)
  return [
    {
      taskType,
      decisions: first.samples,
      escalated: addUp(of.later.filter(isSecond)).samples,
      rescued: later.successes,
      firstWinRate: rounded(first.successes / first.samples),
      winRate: rounded(winRate),
      laterCostUsd: orNull(laterCostUsd),
      costUsd: orNull(costUsd),
      single,
      winRateDifference: single === null ? null : rounded(winRate - single.winRate),
      costDifferenceUsd:
        single === null || single.costUsd === null || costUsd === null
          ? null
          : rounded(costUsd - single.costUsd),
    },
  ]
}

/** Whether only one model had failed: each decision with later attempts has one such. */
function isSecond({ taskType }: AttemptSums): boolean {
  return !taskType.slice(taskType.lastIndexOf('/')).includes('_and_')
}

function meanCost({ samples, unjudged, costUsd, costCount }: Totals): number | null {
  return costCount > 0 && costCount >= LEAST_PRICED * (samples + unjudged)
    ? costUsd / costCount
    : null
}

function bestSingle(rows: readonly AttemptSums[], all: Totals): LaterAttempts['single'] {
  const models = new Map<string, AttemptSums[]>()
  for (const row of rows) models.set(modelKey(row), [...(models.get(modelKey(row)) ?? []), row])
  let best: LaterAttempts['single'] = null
  let highest = Number.NEGATIVE_INFINITY
  for (const [row, ...others] of models.values()) {
    if (row === undefined) continue
    const totals = addUp([row, ...others])
    if (totals.samples < LEAST_SINGLE) continue
    const mean = all.successes / all.samples
    const rate = (totals.successes + SINGLE_PRIOR * mean) / (totals.samples + SINGLE_PRIOR)
    if (rate <= highest) continue
    highest = rate
    const { modelName, provider } = row
    const winRate = rounded(totals.successes / totals.samples)
    best = {
      modelName,
      provider,
      samples: totals.samples,
      winRate,
      costUsd: orNull(meanCost(totals)),
    }
  }
  return best
}

function orNull(value: number | null): number | null {
  return value === null ? null : rounded(value)
}

function rounded(value: number): number {
  return Number(value.toFixed(9)) + 0
}
