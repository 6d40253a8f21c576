// What clients, worker and benchmarks decide by. Pure maths: no clock, no randomness, no I/O. Only `policies`
// imports from outside this folder.
export { mostPrice, nextPrice } from './budget/next-price.ts'
export { chancesOfBeingBest } from './choice/choice-chances.ts'
export { type FailedCalls, withFailedCalls } from './choice/failed-calls.ts'
export {
  type Aim,
  type CallFactors,
  type CallNumbers,
  callFactors,
  type Preference,
  type PreferenceWeights,
  preferenceScore,
  type WithinPreference,
} from './choice/preference-score.ts'
export { CallCosts } from './costs/call-costs.ts'
export { type ListPrices, listCostUsd, type TokenUsage } from './costs/list-cost.ts'
export {
  createModelCatalogue,
  type ModelCatalogue,
  type ModelFacts,
} from './costs/model-catalogue.ts'
export {
  conditionalRate,
  DEFAULT_DEPENDENCE,
  dependenceLogLikelihood,
  type EscalatedResults,
} from './escalation/conditional-rate.ts'
export { MOST_DEPENDENCE, ratesByDifficulty } from './escalation/difficulty.ts'
export { priorEstimate, type TaskBase, taskBase } from './estimates/prior-estimate.ts'
export { type RelatedBase, TaskBases } from './estimates/task-bases.ts'
export {
  type DeclaredSimilarity,
  similarBuiltIns,
  taskSimilarity,
} from './estimates/task-similarity.ts'
export {
  CONFIDENCE_THRESHOLD,
  type ConfidenceParameters,
  confidence,
  defaultConfidence,
  isLearned,
  thresholdRule,
  type WinRateEstimate,
  type WinRateSource,
  winRate,
} from './estimates/threshold-rule.ts'
export { fourthRoot, typicalValue, type ValueSums } from './estimates/typical-value.ts'
export { type PlanPosteriors, planChances, withExploration } from './plans/plan-chances.ts'
export { PlanDraws } from './plans/plan-draws.ts'
export { PlanSearch } from './plans/plan-search.ts'
export type { DrawnRates, Plan, PlannedCall, PlanTask } from './plans/plan-task.ts'
export { cellOfRate } from './plans/rate-rows.ts'
export { BORROWED_FROM, type Borrowing, createBorrowing } from './policies/borrowing.ts'
export { createEstimator, type Estimate, type Knowledge } from './policies/estimate.ts'
export {
  type CellPosterior,
  createPosteriors,
  type Expectation,
  expectReward,
} from './policies/expect.ts'
export {
  addToBase,
  type BaseModels,
  type LearnedCell,
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
export { behindBetterKnown, inOrder, type Rated, rate, type TaskPolicy } from './policies/policy.ts'
export { PREFERENCE_RULE, preferenceSchema, valueSchema } from './policies/preference.ts'
export type { PriorMass } from './policies/priors.ts'
export type { ThompsonPolicy } from './policies/thompson.ts'
export type { ThresholdPolicy } from './policies/threshold.ts'
export {
  addEvidence,
  type Evidence,
  noEvidence,
  type Posterior,
  posteriorMean,
  posteriorOf,
  weaken,
} from './rewards/posterior.ts'
export { DEFAULT_QUALITY_WEIGHT, meanReward, outcomeReward } from './rewards/reward.ts'
export type { RewardDistribution } from './rewards/reward-distribution.ts'
