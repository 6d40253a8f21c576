// Everything that decisions are made from, out of one snapshot (or none) and the user's options:
// immutable but for its caches, so that a new snapshot is one changed reference.
import {
  type CatalogueEntry,
  type DefaultWinRates,
  defaultCatalogue,
  defaultWinRates,
  type ModelLevel,
  mergeDefaults,
  modelLevelKey,
  type Policy,
  type Snapshot,
} from '@winrate/shared-schema/contracts'
import {
  callCostFactor,
  createEstimator,
  createPosteriors,
  type DeclaredSimilarity,
  type Estimate,
  type Knowledge,
  type Posterior,
  readPolicies,
  speedFactor,
  type TaskPolicy,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { type Ranking, scoreCandidate } from '../choice/ranking.ts'
import { createRankings } from '../choice/rankings.ts'
import { kindOfQuestion, type RankingQuestion } from '../request/ranking-question.ts'
import { createCallCosts } from './call-cost.ts'
import { type CandidatePool, createCandidatePool, type LearnedCandidate } from './candidate-pool.ts'
import { candidateVariants, type Variant } from './candidate-variants.ts'
import { createLearnedCells } from './learned-cells.ts'
import { createModelCatalogue, type ModelCatalogue, type ModelFacts } from './model-catalogue.ts'
import { expectNow, noOwnOutcomes, type OwnOutcomes } from './own-outcomes.ts'
import { createSimilarity } from './similarity.ts'

/** What a user says of models and task types; see RouterOptions for the meaning of each. */
export interface RoutingKnowledge {
  readonly catalogue: { readonly entries: readonly CatalogueEntry[]; readonly replace: boolean }
  readonly defaults: { readonly winRates: DefaultWinRates; readonly replace: boolean }
  readonly models: readonly string[] | undefined
  readonly similarTo: DeclaredSimilarity
}

export interface RoutingTable {
  /** The snapshot that the table was made from; undefined for defaults alone. */
  readonly snapshot: { readonly epoch: string; readonly version: number } | undefined
  resolve(name: string, provider?: string): ModelFacts
  /** Grows whenever rankings of a task type are made anew. */
  revision(taskType: string): number
  ranking(question: RankingQuestion): Ranking
  winRate(taskType: string, name: string, provider?: string): WinRateEstimate
}

/** What a table is made of beside the user's knowledge. */
export interface RoutingTableInput {
  readonly snapshot?: Snapshot | undefined
  /** Comes before the snapshot's policy. */
  readonly policy?: Policy | undefined
  /** This instance's outcomes that the snapshot does not count yet. */
  readonly own?: OwnOutcomes
  /** Share of its mass that the snapshot's evidence counts with: below 1 when it is stale. */
  readonly evidenceShare?: number
}

const ESTIMATES_KEPT = 10_000
const POOLS_KEPT = 200

export function createRoutingTable(
  knowledge: RoutingKnowledge,
  { snapshot, policy, own = noOwnOutcomes, evidenceShare = 1 }: RoutingTableInput = {},
): RoutingTable {
  const catalogue = mergeCatalogues(knowledge, snapshot)
  const defaults = layDefaults(knowledge, snapshot)
  const models = knowledge.models ?? [...new Set(Object.values(defaults).flatMap(Object.keys))]
  const table = createLearnedCells(snapshot)
  const similarity = createSimilarity(knowledge.similarTo, snapshot)
  const policies = readPolicies(policy ?? snapshot?.policy)
  const costs = createCallCosts(table, snapshot?.models ?? [], catalogue.resolve)
  const confidence = snapshot?.confidence
  const estimate = rememberEstimates({ table, defaults, similarity, confidence, evidenceShare })
  const pools = new BoundedMap<string, CandidatePool>(POOLS_KEPT)

  function learn(
    { taskType, preference }: RankingQuestion,
    taskPolicy: TaskPolicy,
    { facts, thinkingLevel, lacksLevel }: Variant,
  ): LearnedCandidate {
    const { modelName, provider, model, usdPerMTokens } = facts
    const asked = { modelName, provider, thinkingLevel }
    const { winRate, responseTimeMs, costUsd, posterior } = estimate(taskType, asked, taskPolicy)
    const cost = { costUsd, usdPerMTokens }
    const level = thinkingLevel === undefined ? {} : { thinkingLevel }
    return {
      own: own.cell(taskType, asked),
      candidate: Object.freeze({ provider, model, modelName, ...level }),
      facts,
      lacksLevel,
      estimate: winRate,
      posterior,
      factors: {
        cost:
          preference === undefined
            ? callCostFactor(costs.expectedUsd(taskType, cost))
            : costs.factor(taskType, cost),
        speed: speedFactor(responseTimeMs),
      },
    }
  }

  function poolOf(question: RankingQuestion): CandidatePool {
    const key = kindOfQuestion(question)
    const known = pools.get(key)
    if (known !== undefined) return known
    const { taskType, thinkingLevel } = question
    const taskPolicy = policies.at(taskType)
    const { resolve } = catalogue
    const pool = createCandidatePool({
      variantsOf: (candidate) =>
        candidateVariants({ candidate, thinkingLevel, policy: taskPolicy, resolve, table }),
      learn: (variant) => learn(question, taskPolicy, variant),
      expect: ({ own: cell, posterior }, before) => posterior && expectNow(cell, posterior, before),
      score: (input) => scoreCandidate(input, question.preference ?? taskPolicy.usualPreference),
    })
    pools.set(key, pool)
    return pool
  }

  return {
    snapshot:
      snapshot === undefined ? undefined : { epoch: snapshot.epoch, version: snapshot.version },
    resolve: catalogue.resolve,
    revision: own.revision,
    ranking: createRankings({ poolOf, policyOf: policies.at, models, revision: own.revision }),
    winRate(taskType, name, provider) {
      return estimate(taskType, catalogue.resolve(name, provider), anyLevel).winRate
    },
  }
}

interface LearnedEstimate extends Estimate {
  /** Under a policy with a prior. */
  readonly posterior: Posterior | undefined
}

/** Candidates differ from request to request more than the models among them do. */
function rememberEstimates(knowledge: Knowledge) {
  const estimate = createEstimator(knowledge)
  const posteriorOf = createPosteriors(knowledge)
  const known = new BoundedMap<string, LearnedEstimate>(ESTIMATES_KEPT)
  return (
    taskType: string,
    model: ModelLevel,
    { choosesLevels, priorMass }: Pick<TaskPolicy, 'choosesLevels' | 'priorMass'>,
  ): LearnedEstimate => {
    const key = `${taskType} ${choosesLevels} ${priorMass} ${modelLevelKey(model)}`
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const made = {
      ...estimate(taskType, model, choosesLevels),
      posterior: priorMass === undefined ? undefined : posteriorOf(taskType, model, priorMass),
    }
    known.set(key, made)
    return made
  }
}

const anyLevel = { choosesLevels: false, priorMass: undefined }

function mergeCatalogues(
  { catalogue: { entries, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): ModelCatalogue {
  return createModelCatalogue(
    replace ? [entries] : [defaultCatalogue, snapshot?.catalogue ?? [], entries],
  )
}

function layDefaults(
  { defaults: { winRates, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): DefaultWinRates {
  return replace ? winRates : mergeDefaults(defaultWinRates, snapshot?.defaults ?? {}, winRates)
}
