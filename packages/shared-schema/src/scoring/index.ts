// Pure maths: no clock, no randomness, no I/O, and nothing imported from outside this folder.
export { type ConfidenceParameters, confidence, defaultConfidence } from './confidence.ts'
export {
  blendedUsdPerMTokens,
  callCostFactor,
  costFactor,
  NEUTRAL_FACTOR,
  type Preference,
  type PreferenceWeights,
  preferenceScore,
  speedFactor,
} from './preference-score.ts'
export {
  DEFAULT_WORTH_SAMPLES,
  type SemanticEstimateInput,
  type SimilarResult,
  semanticEstimate,
} from './semantic-estimate.ts'
export { type DeclaredSimilarity, taskSimilarity } from './task-similarity.ts'
export {
  CONFIDENCE_THRESHOLD,
  isLearned,
  type ThresholdRuleInput,
  thresholdRule,
  UNKNOWN_WIN_RATE,
  type WinRateEstimate,
  type WinRateSource,
} from './threshold-rule.ts'
export { winRate } from './win-rate.ts'
