import {
  callCostFactor,
  costFactor,
  type LearnedTable,
  sumLevels,
} from '@winrate/shared-schema/scoring'
import type { ModelCatalogue, ModelFacts } from './model-catalogue.ts'

/** What is known of the cost of calling a model. */
export interface KnownCost {
  /** Mean measured cost of a call in US dollars. */
  readonly costUsd: number | undefined
  /** List price, three input tokens for each output token. */
  readonly usdPerMTokens: number | undefined
}

export interface CallCosts {
  /** US dollars that a call of this task type is expected to cost; undefined where nothing tells. */
  expectedUsd(taskType: string, known: KnownCost): number | undefined
  /** Cheapness, 0 to 1; the list price serves where no call cost can be told. */
  factor(taskType: string, known: KnownCost): number
}

/**
 * Compares models by what a call costs, because list prices do not tell how many tokens a model takes.
 * For a model without measured costs it is its price times the tokens that calls of this task type take
 * with other models: the geometric mean over those that have both, so that all are on one scale.
 */
export function createCallCosts(
  cells: LearnedTable,
  models: Iterable<{ readonly name: string; readonly provider: string }>,
  resolve: ModelCatalogue['resolve'],
): CallCosts {
  // A model is listed with each of its thinking levels, and counts once.
  const known = new Set([...models].map(({ name, provider }) => resolve(name, provider)))
  const tokensAt = new Map<string, number | undefined>()

  function typicalMTokens(taskTypes: readonly string[]): number | undefined {
    let weight = 0
    let logs = 0
    for (const taskType of taskTypes) {
      for (const facts of known) {
        const tokens = callMTokens(cells, taskType, facts)
        if (tokens === undefined) continue
        weight += 1
        logs += Math.log(tokens)
      }
    }
    return weight === 0 ? undefined : Math.exp(logs / weight)
  }

  function mTokens(taskType: string): number | undefined {
    if (tokensAt.has(taskType)) return tokensAt.get(taskType)
    const tokens = typicalMTokens([taskType]) ?? typicalMTokens(cells.taskTypes)
    tokensAt.set(taskType, tokens)
    return tokens
  }

  function expectedUsd(taskType: string, { costUsd, usdPerMTokens }: KnownCost) {
    if (costUsd !== undefined) return costUsd
    const tokens = usdPerMTokens === undefined ? undefined : mTokens(taskType)
    return tokens === undefined || usdPerMTokens === undefined ? undefined : usdPerMTokens * tokens
  }

  return {
    expectedUsd,
    factor(taskType, cost) {
      const usd = expectedUsd(taskType, cost)
      return usd === undefined ? costFactor(cost.usdPerMTokens) : callCostFactor(usd)
    },
  }
}

function callMTokens(
  cells: LearnedTable,
  taskType: string,
  { modelName, provider, usdPerMTokens }: ModelFacts,
): number | undefined {
  if (usdPerMTokens === undefined || usdPerMTokens === 0) return undefined
  const { costUsd } = sumLevels(cells, taskType, { modelName, provider })
  return costUsd === undefined || costUsd === 0 ? undefined : costUsd / usdPerMTokens
}
