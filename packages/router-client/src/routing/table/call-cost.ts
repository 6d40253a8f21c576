import { findUpwards, modelKey } from '@winrate/shared-schema/contracts'
import { type LearnedTable, sumLevels } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { ENTRIES_PER_STEP } from './cell-groups.ts'
import type { ModelCatalogue, ModelFacts } from './model-catalogue.ts'

/** What is known of the cost of calling a model. */
export interface KnownCost {
  /** Typical measured cost of a call in US dollars. */
  readonly costUsd: number | undefined
  /** List price, three input tokens for each output token. */
  readonly usdPerMTokens: number | undefined
}

export interface CallCosts {
  /** Expected cost of a call of this task type in US dollars; undefined if nothing is known. */
  expectedUsd(taskType: string, known: KnownCost): number | undefined
  /** How many times as many tokens as at one task type a call usually takes at another; 1 where that is not known. */
  ratio(from: string, to: string): number
}

/**
 * Compares models by the cost of a call, because list prices do not say how many tokens a model takes. A
 * model without measured costs is expected to cost its price times the usual tokens of a call of this task type:
 * the geometric mean over the models that have both a price and measured costs.
 */
export function* readCallCosts(
  cells: LearnedTable,
  models: readonly { readonly name: string; readonly provider: string }[],
  resolve: ModelCatalogue['resolve'],
): Steps<CallCosts> {
  // A model is listed with each of its thinking levels, but counts once.
  const known = new Map<string, ModelFacts>()
  for (const [at, { name, provider }] of models.entries()) {
    const facts = resolve(name, provider)
    if (facts.usdPerMTokens !== undefined) known.set(modelKey(facts), facts)
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  const everywhere = new GeometricMean()
  const means = new Map<string, GeometricMean>()
  for (const facts of known.values()) {
    for (const taskType of cells.taskTypesOf(facts.modelName)) {
      const tokens = callMTokens(cells, taskType, facts)
      if (tokens === undefined) continue
      everywhere.add(tokens)
      const here = means.get(taskType) ?? new GeometricMean()
      means.set(taskType, here)
      here.add(tokens)
    }
    yield
  }

  function expectedUsd(taskType: string, { costUsd, usdPerMTokens }: KnownCost) {
    if (costUsd !== undefined) return costUsd
    const tokens = (findUpwards(taskType, (at) => means.get(at)) ?? everywhere).value()
    return tokens === undefined || usdPerMTokens === undefined ? undefined : usdPerMTokens * tokens
  }

  return {
    expectedUsd,
    ratio(from, to) {
      const [before, after] = [means.get(from)?.value(), means.get(to)?.value()]
      return before === undefined || after === undefined ? 1 : after / before
    },
  }
}

class GeometricMean {
  #count = 0
  #logs = 0

  add(value: number): void {
    this.#count += 1
    this.#logs += Math.log(value)
  }

  /** Undefined where nothing was added. */
  value(): number | undefined {
    return this.#count === 0 ? undefined : Math.exp(this.#logs / this.#count)
  }
}

/** A call takes at least one token and at most so many: a reported cost may be anything. */
const LEAST_MTOKENS = 1e-6
const MOST_MTOKENS = 100

function callMTokens(
  cells: LearnedTable,
  taskType: string,
  { modelName, provider, usdPerMTokens }: ModelFacts,
): number | undefined {
  if (usdPerMTokens === undefined || usdPerMTokens === 0) return undefined
  const { costUsd } = sumLevels(cells, taskType, { modelName, provider })
  if (costUsd === undefined || costUsd === 0) return undefined
  return Math.min(MOST_MTOKENS, Math.max(LEAST_MTOKENS, costUsd / usdPerMTokens))
}
