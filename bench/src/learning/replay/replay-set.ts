// Published outcomes in the form that a replay needs: names are indices, and the choices in hindsight are
// computed beforehand.
import { firstChoice } from '@winrate/demo/baselines/first-choice'
import { bestModelsInTurn, bestSingleModel } from '@winrate/demo/baselines/hindsight'
import { modelKey } from '@winrate/demo/baselines/preference-order'
import type { Candidate, Query } from '@winrate/demo/data/collect-queries'
import { defaultWinRates } from '@winrate/shared-schema/contracts'
import type { World } from '../fleet/fleet.ts'

export interface ReplayQuery {
  readonly taskType: number
  /** Models with a published outcome, and those outcomes, in the same order. */
  readonly models: readonly number[]
  readonly outcomes: readonly Candidate[]
  /** The choice of the best order per task here; undefined if no model of that order is a candidate. */
  readonly best: number | undefined
  /** The success of that model, or of a uniform choice without one. */
  readonly bestSuccess: number
}

export interface ReplaySet {
  /** Name of the file, or 'all'. */
  readonly name: string
  readonly world: World
  readonly queries: readonly ReplayQuery[]
  /** Preference orders by task type: a query takes the first model that it has. */
  readonly orders: Readonly<Record<FixedPolicy, readonly (readonly number[])[]>>
}

export const fixedPolicies = ['fixed', 'best-single', 'best-per-task'] as const

export type FixedPolicy = (typeof fixedPolicies)[number]

export const REPLAY_INSTANCES = 20
/** The assumed win rate of the first choice at a task type without a built-in default. */
const ASSUMED_WIN_RATE = 0.8

export function createReplaySet(name: string, queries: readonly Query[]): ReplaySet {
  const taskTypes = [...new Set(queries.map(({ taskType }) => taskType))].sort()
  const models = indexModels(queries)
  const ofType = taskTypes.map((taskType) => queries.filter((query) => query.taskType === taskType))
  const indexOf = (key: string) => models.get(key)?.at ?? 0
  const single = bestSingleModel(weighed(queries)).map(indexOf)
  const orders = {
    fixed: ofType.map((some, at) => firstChoice(taskTypes[at] ?? '', some).map(indexOf)),
    'best-single': taskTypes.map(() => single),
    'best-per-task': ofType.map((some) => bestModelsInTurn(weighed(some)).map(indexOf)),
  }
  return {
    name,
    orders,
    world: {
      taskTypes,
      models: [...models.values()].map(({ provider, model }) => ({ provider, model })),
      instances: REPLAY_INSTANCES,
      defaults: taskTypes.map((taskType, at) => ({
        model: orders.fixed[at]?.[0] ?? 0,
        winRate: assumedWinRate(taskType),
      })),
    },
    queries: queries.map((query): ReplayQuery => {
      const taskType = taskTypes.indexOf(query.taskType)
      const candidates = query.candidates.map((one) => indexOf(modelKey(one)))
      const best = orders['best-per-task'][taskType]?.find((model) => candidates.includes(model))
      const chosen =
        best === undefined ? query.candidates : [bestCandidate(query, candidates, best)]
      const wins = chosen.filter((candidate) => candidate?.success).length
      return {
        ...{ taskType, models: candidates, outcomes: query.candidates, best },
        bestSuccess: wins / chosen.length,
      }
    }),
  }
}

function bestCandidate(query: Query, candidates: readonly number[], best: number) {
  return query.candidates[candidates.indexOf(best)]
}

function weighed(queries: readonly Query[]) {
  return queries.map((query) => ({ query, decisions: 1 }))
}

function indexModels(queries: readonly Query[]) {
  const models = new Map<string, { at: number; provider: string; model: string }>()
  for (const { candidates } of queries) {
    for (const { provider, model } of candidates) {
      const key = modelKey({ provider, model })
      if (!models.has(key)) models.set(key, { at: models.size, provider, model })
    }
  }
  return models
}

function assumedWinRate(taskType: string): number {
  const row = Object.hasOwn(defaultWinRates, taskType) ? defaultWinRates[taskType] : undefined
  return row === undefined ? ASSUMED_WIN_RATE : Math.max(...Object.values(row))
}
