// Everything that decisions are made from, out of one snapshot (or none) and the user's options:
// immutable but for its caches, so that a new snapshot is one changed reference.
import {
  type CatalogueEntry,
  type DefaultWinRates,
  defaultCatalogue,
  defaultWinRates,
  type Policy,
  type Snapshot,
} from '@winrate/shared-schema/contracts'
import {
  callCostFactor,
  type DeclaredSimilarity,
  type Posterior,
  speedFactor,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { type Ranking, scoreCandidate } from '../choice/ranking.ts'
import { createRankings } from '../choice/rankings.ts'
import { kindOfQuestion, type RankingQuestion } from '../request/ranking-question.ts'
import { createCallCosts } from './call-cost.ts'
import { type CandidatePool, createCandidatePool, type LearnedCandidate } from './candidate-pool.ts'
import { candidateVariants, type Variant } from './candidate-variants.ts'
import { createEstimator, type Estimate, type Estimator } from './estimator.ts'
import { createExpectations, type Expectations, expectNow } from './expectations.ts'
import { createLearnedCells, type ModelQuestion } from './learned-cells.ts'
import { createModelCatalogue, type ModelCatalogue, type ModelFacts } from './model-catalogue.ts'
import { noOwnOutcomes, type OwnOutcomes } from './own-outcomes.ts'
import { createSimilarity } from './similarity.ts'
import { createTaskPolicies, type TaskPolicy } from './task-policy.ts'

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
  const defaults = mergeDefaults(knowledge, snapshot)
  const models = knowledge.models ?? [...new Set(Object.values(defaults).flatMap(Object.keys))]
  const cells = createLearnedCells(snapshot)
  const similarity = createSimilarity(knowledge.similarTo, snapshot)
  const policyOf = createTaskPolicies(policy ?? snapshot?.policy)
  const costs = createCallCosts(cells, snapshot?.models ?? [], catalogue.resolve)
  const expectations = createExpectations({ cells, defaults, similarity, evidenceShare })
  const confidence = snapshot?.confidence
  const estimate = rememberEstimates(
    createEstimator({ cells, defaults, similarity, confidence }),
    expectations,
  )
  const pools = new BoundedMap<string, CandidatePool>(POOLS_KEPT)

  function learn(
    { taskType, preference }: RankingQuestion,
    choice: TaskPolicy,
    { facts, thinkingLevel, lacksLevel }: Variant,
  ): LearnedCandidate {
    const { modelName, provider, model, usdPerMTokens } = facts
    const asked = { modelName, provider, thinkingLevel }
    const priorMass = choice.kind === 'thompson' ? choice.priorMass : undefined
    const { winRate, responseTimeMs, costUsd, posterior } = estimate(taskType, asked, priorMass)
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
    const choice = policyOf(taskType)
    const samples = choice.kind === 'thompson'
    const usual = samples ? { winRate: 1, cost: choice.costWeight } : undefined
    const { resolve } = catalogue
    const { levelsOf } = cells
    const pool = createCandidatePool({
      variantsOf: (candidate) =>
        candidateVariants({ candidate, thinkingLevel, choosesLevel: samples, resolve, levelsOf }),
      learn: (variant) => learn(question, choice, variant),
      expect: ({ own: cell, posterior }, before) => posterior && expectNow(cell, posterior, before),
      score: (input) => scoreCandidate(input, question.preference ?? usual),
    })
    pools.set(key, pool)
    return pool
  }

  return {
    snapshot:
      snapshot === undefined ? undefined : { epoch: snapshot.epoch, version: snapshot.version },
    resolve: catalogue.resolve,
    revision: own.revision,
    ranking: createRankings({ poolOf, policyOf, models, revision: own.revision }),
    winRate(taskType, name, provider) {
      const facts = catalogue.resolve(name, provider)
      return estimate(taskType, { modelName: facts.modelName, provider: facts.provider }).winRate
    },
  }
}

interface LearnedEstimate extends Estimate {
  /** Under policy `thompson`. */
  readonly posterior: Posterior | undefined
}

type LearnedEstimator = (
  taskType: string,
  question: ModelQuestion,
  priorMass?: number,
) => LearnedEstimate

/** Candidates differ from request to request more than the models among them do. */
function rememberEstimates(
  estimate: Estimator,
  expectations: Pick<Expectations, 'learned'>,
): LearnedEstimator {
  const known = new BoundedMap<string, LearnedEstimate>(ESTIMATES_KEPT)
  return (taskType, question, priorMass) => {
    const { provider, modelName, thinkingLevel = '' } = question
    const key = `${taskType}\u0000${provider}\u0000${modelName}\u0000${thinkingLevel}\u0000${priorMass ?? ''}`
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const made = {
      // Only policy `thompson` chooses among levels, and gives a prior mass.
      ...estimate(taskType, { ...question, levelsApart: priorMass !== undefined }),
      posterior:
        priorMass === undefined ? undefined : expectations.learned(taskType, question, priorMass),
    }
    known.set(key, made)
    return made
  }
}

function mergeCatalogues(
  { catalogue: { entries, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): ModelCatalogue {
  return createModelCatalogue(
    replace ? [entries] : [defaultCatalogue, snapshot?.catalogue ?? [], entries],
  )
}

function mergeDefaults(
  { defaults: { winRates, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): DefaultWinRates {
  const layers = replace ? [winRates] : [defaultWinRates, snapshot?.defaults ?? {}, winRates]
  const merged: Record<string, Record<string, number>> = {}
  for (const [taskType, row] of layers.flatMap(Object.entries<Record<string, number>>)) {
    merged[taskType] = { ...merged[taskType], ...row }
  }
  return merged
}
