import type { Candidate, Query } from '../data/collect-queries.ts'

/** A model with the provider that the data names, as `provider/model`. */
export type ModelKey = string

/** Models in order of preference. */
export type PreferenceOrder = readonly ModelKey[]

export function modelKey({ provider, model }: { provider: string; model: string }): ModelKey {
  return `${provider}/${model}`
}

/** Success rate of a uniformly drawn candidate: the expectation, not a draw. */
export function randomSuccess({ candidates }: Query): number {
  const wins = candidates.reduce((sum, candidate) => sum + successOf(candidate), 0)
  return wins / candidates.length
}

/**
 * The success of the first model in the order with a published outcome for the query; without such a model,
 * that of a random choice.
 */
export function orderedSuccess(query: Query, order: PreferenceOrder): number {
  for (const wanted of order) {
    const candidate = query.candidates.find((one) => modelKey(one) === wanted)
    if (candidate !== undefined) return successOf(candidate)
  }
  return randomSuccess(query)
}

export function successOf(candidate: Candidate): number {
  return candidate.success ? 1 : 0
}
