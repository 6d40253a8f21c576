// The win rate of a model by the threshold rule: learned, estimated from similar work, assumed, or unknown.

/** A learned win rate is used above this confidence. */
export const CONFIDENCE_THRESHOLD = 0.2

/** The win rate of a model of which nothing is known. */
export const UNKNOWN_WIN_RATE = 0.5

/** Where a win rate comes from, best known first. */
export type WinRateSource = 'learned' | 'semantic' | 'default' | 'unknown'

export interface WinRateEstimate {
  /** 0 to 1. */
  readonly winRate: number
  /** Confidence in the learned samples, 0 to 1, whichever source was used. */
  readonly confidence: number
  /** Outcomes of this (task, model) in the window. */
  readonly samples: number
  readonly source: WinRateSource
}

/**
 * Share of outcomes that succeeded: `successes / samples`, 0 where there are no samples.
 */
export function winRate(successes: number, samples: number): number {
  return samples > 0 ? successes / samples : 0
}

export interface ConfidenceParameters {
  /** Steepness of the sigmoid, per sample. */
  readonly slope: number
  /** Samples at which the sigmoid is one half. */
  readonly midpoint: number
  /** Samples from which the sigmoid counts. */
  readonly floor: number
}

export const defaultConfidence: ConfidenceParameters = { slope: 0.01, midpoint: 50, floor: 5 }

const BELOW_FLOOR_PER_SAMPLE = 0.04
/** The threshold rule's limit: with too few samples a win rate never counts as learned. */
const BELOW_FLOOR_MOST = 0.2

/**
 * How far a win rate of `samples` outcomes is to be trusted, 0 to 1:
 * `1 / (1 + e^(-slope (samples - midpoint)))` from `floor` samples on, `0.04 samples` and at most 0.2
 * below, so that fewer than 5 samples stay under the threshold of 0.2 and 5 are above it.
 */
export function confidence(
  samples: number,
  { slope, midpoint, floor }: ConfidenceParameters = defaultConfidence,
): number {
  if (samples < floor) {
    return Math.min(BELOW_FLOOR_MOST, BELOW_FLOOR_PER_SAMPLE * Math.max(0, samples))
  }
  return 1 / (1 + Math.exp(-slope * (samples - midpoint)))
}

/** What a model achieved at another, similar kind of work. */
export interface SimilarResult {
  readonly winRate: number
  readonly samples: number
  /** Similarity of that task type to that of the estimate, 0 to 1. */
  readonly similarity: number
}

/** Outcomes that a default win rate is worth when it is weighed against results elsewhere. */
export const DEFAULT_WORTH_SAMPLES = 20

interface SemanticEstimateInput {
  readonly similarResults: readonly SimilarResult[]
  /** The model's default win rate at this task type. */
  readonly defaultWinRate?: number | undefined
  readonly parameters?: ConfidenceParameters | undefined
}

/**
 * A win rate for a (task, model) without enough samples of its own: the mean of the model's learned
 * win rates on similar tasks, weighted by similarity × confidence. The default for this task counts
 * with similarity 1 and the confidence of 20 samples, so that a few results elsewhere never
 * outweigh what is known about this task. Undefined when nothing is known at all.
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

interface ThresholdRuleInput {
  readonly successes: number
  readonly samples: number
  /** Results of the model at similar tasks that are learned themselves. */
  readonly similarResults?: readonly SimilarResult[]
  readonly defaultWinRate?: number | undefined
  readonly parameters?: ConfidenceParameters
}

/** Whether a win rate of so many samples counts as learned. */
export function isLearned(samples: number, parameters?: ConfidenceParameters): boolean {
  return confidence(samples, parameters) > CONFIDENCE_THRESHOLD
}

/**
 * The rule that `getWinRate` answers by: confidence above 0.2 → the learned win rate; else the
 * semantic estimate; else the default; else 0.5, unknown.
 */
export function thresholdRule({
  successes,
  samples,
  similarResults = [],
  defaultWinRate,
  parameters = defaultConfidence,
}: ThresholdRuleInput): WinRateEstimate {
  const known = { confidence: confidence(samples, parameters), samples }
  if (isLearned(samples, parameters)) {
    return { winRate: winRate(successes, samples), ...known, source: 'learned' }
  }
  const estimate = semanticEstimate({ similarResults, defaultWinRate, parameters })
  if (estimate !== undefined) return { winRate: estimate, ...known, source: 'semantic' }
  if (defaultWinRate !== undefined) {
    return { winRate: defaultWinRate, ...known, source: 'default' }
  }
  return { winRate: UNKNOWN_WIN_RATE, ...known, source: 'unknown' }
}
