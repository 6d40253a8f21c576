import { type ConfidenceParameters, confidence, defaultConfidence } from './confidence.ts'

/** What a model achieved at another, similar kind of work. */
export interface SimilarResult {
  readonly winRate: number
  readonly samples: number
  /** Similarity of that task type to the one asked about, 0 to 1. */
  readonly similarity: number
}

/** Outcomes that a default win rate is worth when it is weighed against results elsewhere. */
export const DEFAULT_WORTH_SAMPLES = 20

export interface SemanticEstimateInput {
  readonly similarResults: readonly SimilarResult[]
  /** The model's default win rate at this very task type. */
  readonly defaultWinRate?: number | undefined
  readonly parameters?: ConfidenceParameters | undefined
}

/**
 * A win rate for a (task, model) without enough samples of its own: the mean of the model's learned
 * win rates on similar tasks, weighted by similarity × confidence. The default for this task takes
 * part with similarity 1 and the confidence of 20 samples, so that a few results elsewhere never
 * wipe out what is known about this task. Undefined when nothing is known at all.
 */
export function semanticEstimate({
  similarResults,
  defaultWinRate,
  parameters = defaultConfidence,
}: SemanticEstimateInput): number | undefined {
  let weight = 0
  let weighted = 0
  for (const result of similarResults) {
    const share = result.similarity * confidence(result.samples, parameters)
    weight += share
    weighted += share * result.winRate
  }
  if (weight === 0) return undefined
  if (defaultWinRate !== undefined) {
    const share = confidence(DEFAULT_WORTH_SAMPLES, parameters)
    weight += share
    weighted += share * defaultWinRate
  }
  return weighted / weight
}
