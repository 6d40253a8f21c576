import { findUpwards, modelKey, type Snapshot, taskNames } from '@winrate/shared-schema/contracts'
import {
  type LearnedTable,
  type ListPrices,
  listCostUsd,
  sumLevels,
  type TokenUsage,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { ENTRIES_PER_STEP } from './cell-groups.ts'
import type { ModelCatalogue, ModelFacts } from './model-catalogue.ts'

/** What is known of the cost of calling a model. */
export interface KnownCost {
  /** Typical measured cost of a call in US dollars. */
  readonly costUsd: number | undefined
  readonly prices?: ListPrices | undefined
  /** List price, three input tokens for each output token. */
  readonly usdPerMTokens?: number | undefined
}

export interface CallCosts {
  /** Expected cost of a call of this task type in US dollars; undefined if nothing is known. */
  expectedUsd(taskType: string, known: KnownCost): number | undefined
  /** How many times as many tokens as at one task type a call usually takes at another; 1 where that is not known. */
  ratio(from: string, to: string): number
}

/**
 * Compares models by the cost of a call, because list prices do not say how many tokens a model takes. A model without
 * measured costs is expected to cost its list prices for the tokens that a call of this task type, or of its parent,
 * typically takes. Where nobody tells tokens, or it lacks one of the prices, it is its one price times the usual tokens of a
 * call: the geometric mean over the models that have both a price and measured costs.
 */
export function* readCallCosts(
  cells: LearnedTable,
  snapshot: Pick<Snapshot, 'models' | 'tasks' | 'paths' | 'tokens'> | undefined,
  resolve: ModelCatalogue['resolve'],
): Steps<CallCosts> {
  // A model is listed with each of its thinking levels, but counts once.
  const known = new Map<string, ModelFacts>()
  for (const [at, { name, provider }] of (snapshot?.models ?? []).entries()) {
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

  const typical = yield* readTokens(snapshot)

  function expectedUsd(taskType: string, { costUsd, prices, usdPerMTokens }: KnownCost) {
    if (costUsd !== undefined) return costUsd
    const taken = findUpwards(taskType, (at) => typical.get(at))
    const listed = taken && prices && listCostUsd(taken, prices)
    if (listed !== undefined) return listed
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

function* readTokens(
  snapshot: Pick<Snapshot, 'tasks' | 'paths' | 'tokens'> | undefined,
): Steps<ReadonlyMap<string, TokenUsage>> {
  const read = new Map<string, TokenUsage>()
  if (snapshot?.tokens === undefined) return read
  const { task: tasks, input, cacheRead, output } = snapshot.tokens
  const names = taskNames(snapshot)
  for (const [at, task] of tasks.entries()) {
    const inputTokens = input[at] ?? 0
    // More than all would make the rest cost less than nothing.
    const cacheReadTokens = Math.min(cacheRead[at] ?? 0, inputTokens)
    read.set(names[task] ?? '', { inputTokens, cacheReadTokens, outputTokens: output[at] })
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return read
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
