// Everything that decisions rest on, from one snapshot (or none) and the user's options. Immutable except for
// its caches, so that a new snapshot is one changed reference.
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
  levelsToTry,
  noEvidence,
  type Posterior,
  readPolicies,
  speedFactor,
  type TaskPolicy,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import type { Overlay } from '../../overlay/overlay.ts'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { RequestedModel, RouteRequest } from '../request/request.ts'
import { createCallCosts } from './call-cost.ts'
import type { KnownCandidate } from './candidate.ts'
import { createLearnedCells, createSimilarity } from './learned-cells.ts'
import { createModelCatalogue, type ModelFacts } from './model-catalogue.ts'

/** What a user says about models and task types: see RouterOptions. */
export interface RoutingKnowledge {
  readonly catalogue: { readonly entries: readonly CatalogueEntry[]; readonly replace: boolean }
  readonly defaults: { readonly winRates: DefaultWinRates; readonly replace: boolean }
  readonly models: readonly string[] | undefined
  readonly similarTo: DeclaredSimilarity
}

/** What a table is made of, apart from the user's knowledge. */
export interface RoutingTableInput {
  readonly snapshot?: Snapshot | undefined
  /** Comes before the snapshot's policy. */
  readonly policy?: Policy | undefined
  /** This instance's outcomes that the snapshot does not count yet. */
  readonly own?: OwnOutcomes
  /** Share of its mass that the snapshot's evidence counts with: below 1 when it is stale. */
  readonly evidenceShare?: number
}

/** What this instance knows of its own outcomes beyond the snapshot. */
export type OwnOutcomes = Pick<Overlay, 'revision' | 'cell'>

const noRewards: readonly number[] = []
export const noOwnOutcomes: OwnOutcomes = {
  revision: () => 0,
  cell: () => ({ pending: () => noEvidence, recent: () => noRewards }),
}
const ESTIMATES_KEPT = 10_000

export type RoutingTable = ReturnType<typeof createRoutingTable>

export function createRoutingTable(
  knowledge: RoutingKnowledge,
  { snapshot, policy, own = noOwnOutcomes, evidenceShare = 1 }: RoutingTableInput = {},
) {
  const { resolve } = createModelCatalogue(catalogueLayers(knowledge, snapshot))
  const defaults = layDefaults(knowledge, snapshot)
  const models = knowledge.models ?? [...new Set(Object.values(defaults).flatMap(Object.keys))]
  const everyModel = models.map(
    (model): RequestedModel => ({ model, provider: undefined, thinkingLevel: undefined }),
  )
  const table = createLearnedCells(snapshot)
  const similarity = createSimilarity(knowledge.similarTo, snapshot)
  const policies = readPolicies(policy ?? snapshot?.policy)
  const costs = createCallCosts(table, snapshot?.models ?? [], resolve)
  const confidence = snapshot?.confidence
  const estimate = rememberEstimates({ table, defaults, similarity, confidence, evidenceShare })

  /** What is known of a model at a thinking level, as a candidate of a request. */
  function know(
    { taskType, options: { prefer } }: RouteRequest,
    { facts, thinkingLevel, lacksLevel }: Variant,
  ): KnownCandidate {
    const { modelName, provider, model, usdPerMTokens } = facts
    const named = { modelName, provider, thinkingLevel }
    const known = estimate(taskType, named, policies.at(taskType))
    const cost = { costUsd: known.costUsd, usdPerMTokens }
    const level = thinkingLevel === undefined ? {} : { thinkingLevel }
    return {
      candidate: Object.freeze({ provider, model, modelName, ...level }),
      facts,
      lacksLevel,
      estimate: known.winRate,
      posterior: known.posterior,
      factors: {
        // List prices count only where a request says that cost does.
        cost:
          prefer === undefined
            ? callCostFactor(costs.expectedUsd(taskType, cost))
            : costs.factor(taskType, cost),
        speed: speedFactor(known.responseTimeMs),
      },
      own: own.cell(taskType, named),
    }
  }

  /** The candidates that a model of a request stands for: one for each thinking level to try. */
  function variantsOf(requested: RequestedModel, request: RouteRequest): readonly Variant[] {
    const facts = resolve(requested.model, requested.provider)
    const { thinkingLevel: wanted } = request.options
    if (requested.thinkingLevel !== undefined) {
      return [{ facts, thinkingLevel: requested.thinkingLevel, lacksLevel: false }]
    }
    if (wanted !== undefined) {
      const lacksLevel = facts.thinkingLevels?.includes(wanted) === false
      return [{ facts, thinkingLevel: lacksLevel ? undefined : wanted, lacksLevel }]
    }
    const levels = levelsToTry(table, facts, policies.at(request.taskType))
    return levels.map((thinkingLevel) => ({ facts, thinkingLevel, lacksLevel: false }))
  }

  return {
    /** The snapshot that the table was made from; undefined for defaults alone. */
    snapshot: snapshot && { epoch: snapshot.epoch, version: snapshot.version },
    resolve,
    own,
    policyOf: policies.at,
    /** Every candidate of a request once, in the order of the request. */
    candidates(request: RouteRequest): readonly KnownCandidate[] {
      const distinct = new Map<string, KnownCandidate>()
      for (const requested of request.options.candidates ?? everyModel) {
        for (const variant of variantsOf(requested, request)) {
          const { modelName, provider } = variant.facts
          const key = modelLevelKey({ modelName, provider, thinkingLevel: variant.thinkingLevel })
          if (!distinct.has(key)) distinct.set(key, know(request, variant))
        }
      }
      return [...distinct.values()]
    },
    /** What is known of a model at a task type, over all its thinking levels. */
    winRate: (taskType: string, name: string, provider?: string): WinRateEstimate =>
      estimate(taskType, resolve(name, provider), anyLevel).winRate,
  }
}

/** A model with the thinking level to call it at. */
interface Variant {
  readonly facts: ModelFacts
  readonly thinkingLevel: string | undefined
  readonly lacksLevel: boolean
}

interface LearnedEstimate extends Estimate {
  /** Under a policy with a prior. */
  readonly posterior: Posterior | undefined
}

/** Requests list different candidates, but mostly the same models. */
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

function catalogueLayers(
  { catalogue: { entries, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): readonly (readonly CatalogueEntry[])[] {
  return replace ? [entries] : [defaultCatalogue, snapshot?.catalogue ?? [], entries]
}

function layDefaults(
  { defaults: { winRates, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): DefaultWinRates {
  return replace ? winRates : mergeDefaults(defaultWinRates, snapshot?.defaults ?? {}, winRates)
}
