// What a call is expected to cost where nobody measured it.
import { type ModelName, modelKey } from '../../contracts/names/cell-name.ts'
import { findUpwards } from '../../contracts/names/task-type.ts'
import type { TaskTokens } from '../../contracts/snapshot/snapshot.ts'
import { type LearnedTable, sumLevels } from '../policies/learned-table.ts'
import { type ListPrices, listCostUsd } from './list-cost.ts'
import type { ModelFacts } from './model-catalogue.ts'

/** What is known of the cost of calling a model. */
export interface KnownCost extends Pick<ModelFacts, 'prices' | 'usdPerMTokens'> {
  /** Typical measured cost of a call in US dollars. */
  readonly costUsd: number | undefined
}

/**
 * Compares models by the cost of a call, because list prices do not say how many tokens a model takes. A model without
 * measured costs is expected to cost its list prices for the tokens that a call of this task type, or of its parent,
 * typically takes. Where nobody tells tokens, or it lacks one of the prices, it is its one price times the usual tokens of a
 * call: the geometric mean over the models that have both a price and measured costs.
 */
export class CallCosts {
  readonly #table: LearnedTable
  readonly #typical: ReadonlyMap<string, TaskTokens>
  readonly #added = new Set<string>()
  readonly #everywhere = new GeometricMean()
  readonly #means = new Map<string, GeometricMean>()

  /** @param typical What a call of a task type typically takes, where outcomes tell it. */
  constructor(table: LearnedTable, typical: ReadonlyMap<string, TaskTokens>) {
    this.#table = table
    this.#typical = typical
  }

  /** Counts what a model's costs say of tokens, once however often it is added. */
  addModel(model: ModelName & Pick<ModelFacts, 'usdPerMTokens'>): void {
    const { usdPerMTokens } = model
    if (usdPerMTokens === undefined || usdPerMTokens === 0 || this.#added.has(modelKey(model))) {
      return
    }
    this.#added.add(modelKey(model))
    for (const taskType of this.#table.taskTypesOf(model.modelName)) {
      const { costUsd } = sumLevels(this.#table, taskType, model)
      if (costUsd === undefined || costUsd === 0) continue
      const tokens = Math.min(MOST_MTOKENS, Math.max(LEAST_MTOKENS, costUsd / usdPerMTokens))
      this.#everywhere.add(tokens)
      const here = this.#means.get(taskType) ?? new GeometricMean()
      this.#means.set(taskType, here)
      here.add(tokens)
    }
  }

  /** Expected cost of a call of this task type in US dollars; undefined if nothing is known. */
  expectedUsd(taskType: string, { costUsd, prices, usdPerMTokens }: KnownCost): number | undefined {
    if (costUsd !== undefined) return costUsd
    const listed = prices && this.#listedUsd(taskType, prices)
    if (listed !== undefined) return listed
    const usual = findUpwards(taskType, (at) => this.#means.get(at)) ?? this.#everywhere
    const tokens = usual.value()
    return tokens === undefined || usdPerMTokens === undefined ? undefined : usdPerMTokens * tokens
  }

  /** How many times as many tokens as at one task type a call usually takes at another; 1 where that is not known. */
  ratio(from: string, to: string): number {
    const [before, after] = [from, to].map((at) => this.#means.get(at)?.value())
    return before === undefined || after === undefined ? 1 : after / before
  }

  #listedUsd(taskType: string, prices: ListPrices): number | undefined {
    const taken = findUpwards(taskType, (at) => this.#typical.get(at))
    if (taken === undefined) return undefined
    const { input, cacheRead, output } = taken
    // More read from the cache than there is would make the rest cost less than nothing.
    const cacheReadTokens = Math.min(cacheRead, input)
    return listCostUsd({ inputTokens: input, cacheReadTokens, outputTokens: output }, prices)
  }
}

/** A call takes at least one token and at most so many: a reported cost may be anything. */
const LEAST_MTOKENS = 1e-6
const MOST_MTOKENS = 100

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
