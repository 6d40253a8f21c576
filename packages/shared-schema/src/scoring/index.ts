// Pure maths: no clock, no randomness, no I/O, and nothing imported from outside this folder.
export { type Contender, chancesOfBeingBest } from './chances-of-being-best.ts'
export { firstChances, LEAST_CHANCE, thompsonChances } from './choice-chances.ts'
export { type ConfidenceParameters, confidence, defaultConfidence } from './confidence.ts'
export {
  addEvidence,
  type Evidence,
  noEvidence,
  type Posterior,
  type Prior,
  posteriorMean,
  posteriorOf,
  weaken,
  withEvidence,
} from './posterior.ts'
export {
  blendedUsdPerMTokens,
  callCostFactor,
  costFactor,
  NEUTRAL_FACTOR,
  type Preference,
  type PreferenceWeights,
  preferenceOffset,
  preferenceScore,
  speedFactor,
} from './preference-score.ts'
export {
  type PriorEstimateInput,
  priorEstimate,
  type ResultElsewhere,
  type TaskBase,
  taskBase,
} from './prior-estimate.ts'
export { changedPosterior, type RecentChange, recentChange } from './recent-change.ts'
export {
  DEFAULT_QUALITY_WEIGHT,
  type MeanRewardInput,
  meanReward,
  outcomeReward,
} from './reward.ts'
export {
  mixDistributions,
  REWARD_CELLS,
  type RewardDistribution,
  rewardDistribution,
} from './reward-distribution.ts'
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
