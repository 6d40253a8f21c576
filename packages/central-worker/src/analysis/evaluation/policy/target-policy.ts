// The policies to evaluate. Each turns what had been learned into a chance for every candidate of a task type,
// and sees nothing of the outcomes that it is evaluated on.
import { modelLevelKey, type Policy } from '@winrate/shared-schema/contracts'
import {
  behindBetterKnown,
  callFactors,
  expectReward,
  inOrder,
  levelsToTry,
  posteriorMean,
  rate,
  readPolicies,
  type TaskPolicy,
} from '@winrate/shared-schema/scoring'
import type { Candidate } from '../log/learned-outcomes.ts'
import type { ExpectedResults } from './expected-results.ts'

export interface Chance {
  readonly candidate: Candidate
  /** Probability to be chosen. */
  readonly chance: number
}

export interface TargetPolicy {
  readonly name: string
  /** Shown beside its name. */
  readonly policy?: Policy
  /**
   * Chances of the candidates at a task type; they add up to 1, or there are none.
   *
   * @param drawn What was drawn there in the whole period, the most frequent first. Only policies that do
   * not learn may use it.
   */
  chances(
    expected: ExpectedResults,
    taskType: string,
    drawn?: readonly Candidate[],
  ): readonly Chance[]
}

/** A policy as clients follow it, for a request that prefers nothing and may be given to any model. */
export function routedPolicy(name: string, policy: Policy): TargetPolicy {
  const policies = readPolicies(policy)
  return {
    name,
    policy,
    chances(expected, taskType) {
      const own = policies.at(taskType)
      const known = expected
        .modelsAt(taskType)
        .flatMap((model) =>
          levelsToTry(expected.table, { ...expected.factsOf(model), ...model }, own).map(
            (thinkingLevel = '') =>
              knowCandidate(expected, taskType, own, { ...model, thinkingLevel }),
          ),
        )
      const factorsOf = callFactors(known)
      const rated = known.map((one) => {
        const unrated = { ...one, factors: factorsOf(one) }
        return { ...unrated, ...rate(unrated, own.usualAim) }
      })
      const ordered = inOrder(behindBetterKnown(rated), own.usualAim)
      const chances = own.chances(ordered, own.usualAim)
      return ordered.map(({ candidate }, at) => ({ candidate, chance: chances[at] ?? 0 }))
    },
  }
}

/** Always the model with the best expected reward over all requests. */
export function bestSingleModel(): TargetPolicy {
  const known = new WeakMap<ExpectedResults, Candidate | undefined>()
  return {
    name: 'best single model',
    chances(expected, taskType) {
      if (!known.has(expected)) known.set(expected, findBestSingle(expected))
      const candidate = known.get(expected)
      return candidate === undefined || expected.modelsAt(taskType).length === 0
        ? []
        : [{ candidate, chance: 1 }]
    },
  }
}

/** Always one model, at the thinking level that was drawn most at the task type. */
export function alwaysModel(modelName: string): TargetPolicy {
  return {
    name: `always ${modelName}`,
    chances(_, __, drawn = []) {
      const first = drawn.find((candidate) => candidate.modelName === modelName)
      // Never drawn here: its whole chance is unsupported.
      const candidate = first ?? { modelName, provider: '', thinkingLevel: '' }
      return [{ candidate, chance: 1 }]
    },
  }
}

function knowCandidate(
  expected: ExpectedResults,
  taskType: string,
  { choosesLevels, priorMass, isAimStated }: TaskPolicy,
  candidate: Candidate,
) {
  const { winRate, costUsd } = expected.estimate(taskType, candidate, choosesLevels)
  return {
    candidate,
    choosesLevel: true,
    estimate: winRate,
    expectation:
      priorMass === undefined
        ? undefined
        : expectReward(expected.posterior('reward', taskType, candidate, priorMass)),
    costUsd,
    // As in a client: list prices count only where somebody says that cost does.
    usdPerMTokens: isAimStated ? expected.factsOf(candidate).usdPerMTokens : undefined,
    // Not evaluated.
    responseTimeMs: undefined,
  }
}

/** Outcomes that a prior is worth when single models are compared. */
const PRIOR_MASS = 10

/** The candidate with the best expected reward per request; 0 where it was never called. */
function findBestSingle(expected: ExpectedResults): Candidate | undefined {
  const requests = new Map<string, number>()
  for (const { taskType, samples } of expected.cells) {
    requests.set(taskType, (requests.get(taskType) ?? 0) + samples)
  }
  const totals = new Map<string, { candidate: Candidate; reward: number }>()
  for (const { taskType, modelName, provider, thinkingLevel } of expected.cells) {
    const candidate = { modelName, provider, thinkingLevel }
    const mean = posteriorMean(expected.posterior('reward', taskType, candidate, PRIOR_MASS))
    const key = modelLevelKey(candidate)
    const { reward } = totals.get(key) ?? { reward: 0 }
    totals.set(key, { candidate, reward: reward + (requests.get(taskType) ?? 0) * mean })
  }
  return [...totals.entries()]
    .sort(([one, { reward }], [other, best]) => best.reward - reward || (one < other ? -1 : 1))
    .map(([, { candidate }]) => candidate)[0]
}
