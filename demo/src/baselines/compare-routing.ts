import type { Query } from '../data/collect-queries.ts'
import type { DecisionRecord } from '../replay/decision-record.ts'
import { firstChoice } from './first-choice.ts'
import { bestModelsInTurn, bestSingleModel } from './hindsight.ts'
import {
  orderedSuccess,
  type PreferenceOrder,
  randomSuccess,
  successOf,
} from './preference-order.ts'
import { meanSuccess, type WeightedQuery } from './weighted-query.ts'

/** Success rates, 0 to 1, of different ways to choose on the same decisions. */
export interface SuccessRates {
  readonly decisions: number
  /** A uniformly drawn candidate. */
  readonly random: number
  /** The fixed first choice for each task type. */
  readonly first: number
  /** The routers' choices. */
  readonly learned: number
  /** The routers' choices in the last quarter of every instance's decisions; null without any. */
  readonly learnedLastQuarter: number | null
  /** One model for everything, in hindsight. */
  readonly bestSingle: number
  /** The best model for each task type, in hindsight. */
  readonly bestPerTask: number
}

export interface Comparison {
  readonly overall: SuccessRates
  readonly tasks: Readonly<Record<string, SuccessRates>>
  /** The models of the baselines, in order of preference. */
  readonly bestSingle: PreferenceOrder
  readonly first: Readonly<Record<string, PreferenceOrder>>
  readonly bestPerTask: Readonly<Record<string, PreferenceOrder>>
}

/** Compares the routers' decisions with the results of other ways to choose. */
export function compareRouting(
  queries: readonly Query[],
  decisions: readonly DecisionRecord[],
): Comparison {
  const weighted = weigh(queries, decisions)
  const taskTypes = [...new Set(weighted.map(({ query }) => query.taskType))].sort()
  const single = bestSingleModel(weighted)
  const perType = new Map(
    taskTypes.map((taskType) => [
      taskType,
      {
        first: firstChoice(taskType, ofType(queries, taskType)),
        best: bestModelsInTurn(weighted.filter(({ query }) => query.taskType === taskType)),
      },
    ]),
  )
  const ratesOf = (taskType: string | undefined): SuccessRates => {
    const isAsked = (query: Query) => taskType === undefined || query.taskType === taskType
    const asked = weighted.filter(({ query }) => isAsked(query))
    const made = decisions.filter(({ query }) => isAsked(queryAt(queries, query)))
    const mean = (success: (query: Query) => number) => meanSuccess(asked, success) ?? 0
    return {
      decisions: made.length,
      random: mean(randomSuccess),
      first: mean((query) => orderedSuccess(query, perType.get(query.taskType)?.first ?? [])),
      learned: learnedSuccess(queries, made) ?? 0,
      learnedLastQuarter:
        learnedSuccess(
          queries,
          made.filter(({ lastQuarter }) => lastQuarter),
        ) ?? null,
      bestSingle: mean((query) => orderedSuccess(query, single)),
      bestPerTask: mean((query) => orderedSuccess(query, perType.get(query.taskType)?.best ?? [])),
    }
  }
  return {
    overall: ratesOf(undefined),
    tasks: Object.fromEntries(taskTypes.map((taskType) => [taskType, ratesOf(taskType)])),
    bestSingle: single,
    first: Object.fromEntries([...perType].map(([taskType, { first }]) => [taskType, first])),
    bestPerTask: Object.fromEntries([...perType].map(([taskType, { best }]) => [taskType, best])),
  }
}

function weigh(
  queries: readonly Query[],
  decisions: readonly DecisionRecord[],
): readonly WeightedQuery[] {
  const counts = new Map<number, number>()
  for (const { query } of decisions) counts.set(query, (counts.get(query) ?? 0) + 1)
  return [...counts].map(([at, count]) => ({ query: queryAt(queries, at), decisions: count }))
}

function learnedSuccess(
  queries: readonly Query[],
  decisions: readonly DecisionRecord[],
): number | undefined {
  if (decisions.length === 0) return undefined
  let wins = 0
  for (const { query, candidate } of decisions) {
    const chosen = queryAt(queries, query).candidates[candidate]
    if (chosen === undefined) throw new RangeError(`query ${query} has no candidate ${candidate}`)
    wins += successOf(chosen)
  }
  return wins / decisions.length
}

function ofType(queries: readonly Query[], taskType: string): readonly Query[] {
  return queries.filter((query) => query.taskType === taskType)
}

function queryAt(queries: readonly Query[], at: number): Query {
  const query = queries[at]
  if (query === undefined) throw new RangeError(`there is no query ${at}`)
  return query
}
