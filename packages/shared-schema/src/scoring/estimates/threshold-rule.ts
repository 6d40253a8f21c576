import { type ConfidenceParameters, confidence, defaultConfidence } from './confidence.ts'
import { type SimilarResult, semanticEstimate } from './semantic-estimate.ts'
import { winRate } from './win-rate.ts'

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
  /** Outcomes of this very (task, model) in the window. */
  readonly samples: number
  readonly source: WinRateSource
}

export interface ThresholdRuleInput {
  readonly successes: number
  readonly samples: number
  /** Results of the model at similar tasks that are learned themselves. */
  readonly similarResults?: readonly SimilarResult[]
  readonly defaultWinRate?: number | undefined
  readonly parameters?: ConfidenceParameters
}

/** Whether so many samples make a win rate a learned one. */
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
