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
  /** Expected cost of a call of this task type in US dollars; undefined if nothing is known. */
  expectedUsd(taskType: string, known: KnownCost): number | undefined
  /** Cheapness, 0 to 1, by the list price if the cost of a call is not known. */
  factor(taskType: string, known: KnownCost): number
}

/**
 * Compares models by the cost of a call, because list prices do not say how many tokens a model takes. A
 * model without measured costs is expected to cost its price times the usual tokens of a call of this task type:
 * the geometric mean over the models that have both a price and measured costs.
 */
export function createCallCosts(
  cells: LearnedTable,
  models: Iterable<{ readonly name: string; readonly provider: string }>,
  resolve: ModelCatalogue['resolve'],
): CallCosts {
  // A model is listed with each of its thinking levels, but counts once.
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
