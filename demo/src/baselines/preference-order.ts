import type { Candidate, Query } from '../data/collect-queries.ts'

/** A model under the provider that the data names, as `provider/model`. */
export type ModelKey = string

/** Models in the order in which they are wanted. */
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
 * Success of the first model of the order that has a published outcome for the query; where none
 * has, that of a random choice.
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
