// The best choices in hindsight. Every model is judged on all decisions: by its own outcomes where it has some,
// by a random choice elsewhere. So a model that was tried only on easy queries gains no advantage, and no
// minimum coverage is needed.
import {
  type ModelKey,
  modelKey,
  type PreferenceOrder,
  randomSuccess,
  successOf,
} from './preference-order.ts'
import type { WeightedQuery } from './weighted-query.ts'

/** The model that gains most over random choice; empty without queries. */
export function bestSingleModel(queries: readonly WeightedQuery[]): PreferenceOrder {
  const best = greatestGain(queries)
  return best === undefined ? [] : [best.model]
}

/**
 * The best single model, then the best model for the queries without an outcome of the first, and so on, until
 * every query is covered or nothing more is gained.
 */
export function bestModelsInTurn(queries: readonly WeightedQuery[]): PreferenceOrder {
  const order: ModelKey[] = []
  let left = queries
  for (let best = greatestGain(left); best !== undefined; best = greatestGain(left)) {
    const { model, gain } = best
    if (order.length > 0 && gain <= 0) break
    order.push(model)
    left = left.filter(({ query }) => !query.candidates.some((one) => modelKey(one) === model))
  }
  return order
}

function greatestGain(
  queries: readonly WeightedQuery[],
): { readonly model: ModelKey; readonly gain: number } | undefined {
  const gains = new Map<ModelKey, number>()
  for (const { query, decisions } of queries) {
    const random = randomSuccess(query)
    for (const candidate of query.candidates) {
      const model = modelKey(candidate)
      const gain = decisions * (successOf(candidate) - random)
      gains.set(model, (gains.get(model) ?? 0) + gain)
    }
  }
  let best: { model: ModelKey; gain: number } | undefined
  for (const [model, gain] of gains) {
    const wins =
      best === undefined || gain > best.gain || (gain === best.gain && model < best.model)
    if (wins) best = { model, gain }
  }
  return best
}
