// What a call is expected to achieve and to cost, by a published snapshot, as a client without outcomes of its own expects it.
import {
  cellValuesAt,
  defaultWinRates,
  type ModelLevel,
  modelLevelKey,
  nameDefaults,
  type Snapshot,
  taskNames,
} from '@winrate/shared-schema/contracts'
import {
  CallCosts,
  createBorrowing,
  createEstimator,
  createPosteriors,
  type ModelCatalogue,
  posteriorMean,
  readPolicies,
  taskSimilarity,
} from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { tableOfCells } from '../evaluation/log/learned-outcomes.ts'

export interface ExpectedCall {
  /** Mean and variance of the share that succeeds. */
  readonly success: number
  readonly variance: number
  /** In US dollars; undefined where nothing is known. */
  readonly costUsd: number | undefined
  /** Whether the cost rests on calls, and not on list prices. */
  readonly isMeasured: boolean
}

export type ExpectCall = (taskType: string, model: ModelLevel) => ExpectedCall

/** What a prior is worth where the policy has none. */
const PRIOR_MASS = 10

export function createExpectedCalls(snapshot: Snapshot, catalogue: ModelCatalogue): ExpectCall {
  const table = tableOfCells(cellsOf(snapshot))
  const layers = [defaultWinRates, snapshot.defaults ?? {}]
  const defaults = runAtOnce(nameDefaults(layers, catalogue))
  const costs = new CallCosts(table, tokensOf(snapshot))
  for (const { name, provider } of snapshot.models)
    costs.addModel(catalogue.resolve(name, provider))
  const knowledge = {
    ...{ table, defaults, similarity: taskSimilarity, confidence: snapshot.confidence },
    borrowsFrom: createBorrowing({ table, assumed: defaults.flatMap(Object.keys) }),
    costRatio: (from: string, to: string) => costs.ratio(from, to),
  }
  const estimate = createEstimator(knowledge)
  const posteriorOf = createPosteriors(knowledge)
  const policies = readPolicies(snapshot.policy)
  const known = new Map<string, ExpectedCall>()

  function expect(taskType: string, model: ModelLevel): ExpectedCall {
    const { choosesLevels, priorMass = PRIOR_MASS } = policies.at(taskType)
    const posterior = posteriorOf(taskType, model, priorMass)
    const success = posteriorMean(posterior)
    const mass = posterior.alpha + posterior.beta
    const { costUsd } = estimate(taskType, model, choosesLevels)
    const { prices, usdPerMTokens } = catalogue.resolve(model.modelName, model.provider)
    return {
      success,
      variance: (success * (1 - success)) / (mass + 1),
      costUsd: costs.expectedUsd(taskType, { costUsd, prices, usdPerMTokens }),
      isMeasured: costUsd !== undefined,
    }
  }

  return (taskType, model) => {
    const key = `${taskType} ${modelLevelKey(model)}`
    const made = known.get(key) ?? expect(taskType, model)
    known.set(key, made)
    return made
  }
}

function cellsOf(snapshot: Snapshot) {
  const { cells, models } = snapshot
  const tasks = taskNames(snapshot)
  return cells.task.flatMap((task, row) => {
    const { name = '', provider = '', thinkingLevel } = models[cells.model[row] ?? -1] ?? {}
    const values = cellValuesAt(cells, row)
    const learned = {
      ...{ provider, thinkingLevel, samples: values.samples, successes: values.successes },
      responseTimeMs: values.responseTimeMs ?? undefined,
      costUsd: values.costUsd ?? undefined,
      evidence: { mass: values.evidence, reward: values.reward },
      faded: { mass: values.fadedEvidence, reward: values.fadedReward },
    }
    return [{ taskType: tasks[task] ?? '', modelName: name, learned }]
  })
}

function tokensOf(snapshot: Snapshot) {
  const { task = [], input = [], cacheRead = [], output = [] } = snapshot.tokens ?? {}
  const tasks = taskNames(snapshot)
  return new Map(
    task.map((place, at) => [
      tasks[place] ?? '',
      { input: input[at] ?? 0, cacheRead: cacheRead[at] ?? 0, output: output[at] ?? 0 },
    ]),
  )
}
