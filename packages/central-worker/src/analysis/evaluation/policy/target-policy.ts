// Policies to ask about. Each turns what had been learned into the chance of every candidate of a task
// type; they see nothing of the outcomes that they are evaluated on.
import { findDefaultWinRate, type Policy } from '@winrate/shared-schema/contracts'
import {
  type ConfidenceParameters,
  callCostFactor,
  firstChances,
  isLearned,
  posteriorMean,
  rewardDistribution,
  thompsonChances,
  thresholdRule,
} from '@winrate/shared-schema/scoring'
import { type Candidate, candidateKey } from '../log/candidate.ts'
import type { ExpectedResults } from './expected-results.ts'
import { policyAt } from './policy-at.ts'
import { similarResults } from './similar-results.ts'

export interface Chance {
  readonly candidate: Candidate
  /** Probability to be chosen. */
  readonly chance: number
}

export interface TargetPolicy {
  readonly name: string
  /** What is shown of it beside its name. */
  readonly policy?: Policy
  /**
   * Chances of the candidates at a task type; they add up to 1, or there are none.
   *
   * @param drawn What was drawn there at any time, the most frequent first: for a policy that learns
   * nothing it is known beforehand.
   */
  chances(
    expected: ExpectedResults,
    taskType: string,
    drawn?: readonly Candidate[],
  ): readonly Chance[]
}

export interface RoutedPolicyInput {
  readonly name: string
  readonly policy: Policy
  readonly confidence?: ConfidenceParameters | undefined
}

/** A policy as clients follow it, for a request that prefers nothing and may be given to any candidate. */
export function routedPolicy({ name, policy, confidence }: RoutedPolicyInput): TargetPolicy {
  return {
    name,
    policy,
    chances(expected, taskType) {
      const own = policyAt(policy, taskType)
      return own.kind === 'thompson'
        ? thompson(expected, taskType, own)
        : threshold(expected, taskType, { exploration: own.exploration, confidence })
    },
  }
}

/** Reward per request as if a model had done all of them, which decides `always the best single model`. */
export function bestSingleModel(): TargetPolicy {
  const known = new WeakMap<ExpectedResults, Candidate | undefined>()
  return {
    name: 'best single model',
    chances(expected, taskType) {
      if (!known.has(expected)) known.set(expected, findBestSingle(expected))
      const candidate = known.get(expected)
      return candidate === undefined || expected.learned.candidatesAt(taskType).length === 0
        ? []
        : [{ candidate, chance: 1 }]
    },
  }
}

/** Always one model; where it was drawn in several ways, in the way that was most frequent there. */
export function alwaysModel(modelName: string): TargetPolicy {
  return {
    name: `always ${modelName}`,
    chances(_, __, drawn = []) {
      const first = drawn.find((candidate) => candidate.modelName === modelName)
      // Never drawn here: its chance lies where nothing can tell of it.
      const candidate = first ?? { modelName, provider: '', thinkingLevel: '' }
      return [{ candidate, chance: 1 }]
    },
  }
}

function thompson(
  expected: ExpectedResults,
  taskType: string,
  policy: { readonly priorMass: number; readonly exploration: number; readonly costWeight: number },
): readonly Chance[] {
  const candidates = expected.learned.candidatesAt(taskType)
  if (candidates.length === 0) return []
  const { priorMass, costWeight } = policy
  const contenders = candidates.map((candidate) => ({
    reward: rewardDistribution(
      expected.posterior({ taskType, candidate, measure: 'reward', priorMass }),
    ),
    offset: costWeight * callCostFactor(expected.costUsd(taskType, candidate)),
  }))
  const chances = thompsonChances(contenders, policy.exploration)
  return candidates.map((candidate, at) => ({ candidate, chance: chances[at] ?? 0 }))
}

function threshold(
  expected: ExpectedResults,
  taskType: string,
  {
    exploration,
    confidence,
  }: {
    readonly exploration: number
    readonly confidence: ConfidenceParameters | undefined
  },
): readonly Chance[] {
  const { learned, defaults } = expected
  const ranked = learned.candidatesAt(taskType).map((candidate) => {
    const exact = learned.cell(taskType, candidate)
    const own =
      exact !== undefined && isLearned(exact.samples, confidence)
        ? exact
        : learned.allLevels(taskType, candidate)
    const estimate = thresholdRule({
      successes: own?.successes ?? 0,
      samples: own?.samples ?? 0,
      similarResults: similarResults(expected, { taskType, candidate, confidence }),
      defaultWinRate: findDefaultWinRate(defaults, taskType, candidate.modelName),
      ...(confidence === undefined ? {} : { parameters: confidence }),
    })
    return { candidate, estimate }
  })
  if (ranked.length === 0) return []
  // Candidates are in order of their names, and sorting keeps that where all else is equal.
  ranked.sort(
    ({ estimate: one }, { estimate: other }) =>
      other.winRate - one.winRate || other.samples - one.samples,
  )
  const chances = firstChances(ranked.length, exploration)
  return ranked.map(({ candidate }, at) => ({ candidate, chance: chances[at] ?? 0 }))
}

/** Outcomes that a prior is worth when single models are compared. */
const PRIOR_MASS = 10

/** The candidate with the best expected reward per request; 0 where it was never called. */
function findBestSingle(expected: ExpectedResults): Candidate | undefined {
  const { learned } = expected
  const totals = new Map<string, { candidate: Candidate; reward: number }>()
  for (const taskType of learned.taskTypes) {
    const candidates = learned.candidatesAt(taskType)
    const requests = candidates.reduce(
      (sum, candidate) => sum + (learned.cell(taskType, candidate)?.samples ?? 0),
      0,
    )
    for (const candidate of candidates) {
      const posterior = expected.posterior({
        taskType,
        candidate,
        measure: 'reward',
        priorMass: PRIOR_MASS,
      })
      const key = candidateKey(candidate)
      const { reward } = totals.get(key) ?? { reward: 0 }
      totals.set(key, { candidate, reward: reward + requests * posteriorMean(posterior) })
    }
  }
  return [...totals.entries()]
    .sort(([one, { reward }], [other, best]) => best.reward - reward || (one < other ? -1 : 1))
    .map(([, { candidate }]) => candidate)[0]
}
