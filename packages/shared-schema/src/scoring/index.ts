// Pure maths: no clock, no randomness, no I/O. Only `policies` imports from outside this folder.
export {
  type Contender,
  chancesOfBeingBest,
  firstChances,
  LEAST_CHANCE,
  thompsonChances,
} from './choice/choice-chances.ts'
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
} from './choice/preference-score.ts'
export {
  type PriorEstimateInput,
  priorEstimate,
  type ResultElsewhere,
  type TaskBase,
  taskBase,
} from './estimates/prior-estimate.ts'
export { type DeclaredSimilarity, taskSimilarity } from './estimates/task-similarity.ts'
export {
  CONFIDENCE_THRESHOLD,
  type ConfidenceParameters,
  confidence,
  DEFAULT_WORTH_SAMPLES,
  defaultConfidence,
  isLearned,
  type SemanticEstimateInput,
  type SimilarResult,
  semanticEstimate,
  type ThresholdRuleInput,
  thresholdRule,
  UNKNOWN_WIN_RATE,
  type WinRateEstimate,
  type WinRateSource,
  winRate,
} from './estimates/threshold-rule.ts'
export {
  createEstimator,
  type Estimate,
  type Knowledge,
} from './policies/estimate.ts'
export {
  createPosteriors,
  type Expectation,
  expectReward,
  type OwnEvidence,
} from './policies/expect.ts'
export {
  evidenceAtOtherLevels,
  evidenceByModel,
  type LearnedCell,
  type LearnedSums,
  type LearnedTable,
  levelsToTry,
  sumLevel,
  sumLevels,
} from './policies/learned-table.ts'
export {
  defaultPolicy,
  type Policies,
  policies,
  policyKinds,
  readPolicies,
  writtenPolicySchema,
} from './policies/policies.ts'
export type { TaskPolicy } from './policies/policy.ts'
export { bestFirst, type Rated, rate, type Unrated } from './policies/rate.ts'
export type { ThompsonPolicy } from './policies/thompson.ts'
export type { ThresholdPolicy } from './policies/threshold.ts'
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
} from './rewards/posterior.ts'
export { changedPosterior, type RecentChange, recentChange } from './rewards/recent-change.ts'
export {
  DEFAULT_QUALITY_WEIGHT,
  type MeanRewardInput,
  meanReward,
  outcomeReward,
} from './rewards/reward.ts'
export {
  mixDistributions,
  REWARD_CELLS,
  type RewardDistribution,
  rewardDistribution,
} from './rewards/reward-distribution.ts'
