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
import type {
  DeclaredSimilarity,
  Preference,
  WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'
import type { CandidateInput } from './candidate.ts'
import { createEstimator, type Estimate, type Estimator } from './estimator.ts'
import { createLearnedCells } from './learned-cells.ts'
import { createModelCatalogue, type ModelFacts } from './model-catalogue.ts'
import { type Ranking, type RankingInput, rankCandidates } from './ranking.ts'

/** What a user says of models and task types; see RouterOptions for the meaning of each. */
export interface RoutingKnowledge {
  readonly catalogue: { readonly entries: readonly CatalogueEntry[]; readonly replace: boolean }
  readonly defaults: { readonly winRates: DefaultWinRates; readonly replace: boolean }
  readonly models: readonly string[] | undefined
  readonly similarTo: DeclaredSimilarity
}

export interface RankingQuestion {
  readonly taskType: string
  readonly preference?: Preference | undefined
  /** Those of the options, or every model that has a default win rate, when undefined. */
  readonly candidates?: readonly CandidateInput[] | undefined
  readonly thinkingLevel?: string | undefined
}

export interface RoutingTable {
  /** The snapshot that the table was made from; undefined for defaults alone. */
  readonly snapshot: { readonly epoch: string; readonly version: number } | undefined
  readonly policy: Policy | undefined
  resolve(name: string, provider?: string): ModelFacts
  ranking(question: RankingQuestion): Ranking
  winRate(taskType: string, name: string, provider?: string): WinRateEstimate
}

/** Candidates of all kept rankings together. */
const RANKED_KEPT = 50_000
const ESTIMATES_KEPT = 10_000

export function createRoutingTable(knowledge: RoutingKnowledge, snapshot?: Snapshot): RoutingTable {
  const catalogue = createModelCatalogue(
    knowledge.catalogue.replace
      ? [knowledge.catalogue.entries]
      : [defaultCatalogue, snapshot?.catalogue ?? [], knowledge.catalogue.entries],
  )
  const defaults = mergeDefaults(
    knowledge.defaults.replace
      ? [knowledge.defaults.winRates]
      : [defaultWinRates, snapshot?.defaults ?? {}, knowledge.defaults.winRates],
  )
  const models = knowledge.models ?? [...new Set(Object.values(defaults).flatMap(Object.keys))]
  const estimate = rememberEstimates(
    createEstimator({
      cells: createLearnedCells(snapshot),
      defaults,
      similarTo: knowledge.similarTo,
      confidence: snapshot?.confidence,
    }),
  )
  const rankings = new BoundedMap<string, Ranking>(RANKED_KEPT, ({ ranked }) => 1 + ranked.length)

  function rank({ taskType, preference, candidates, thinkingLevel }: RankingQuestion): Ranking {
    const inputs = (candidates ?? models).map((input): RankingInput => {
      const named = typeof input === 'string' ? { model: input } : input
      const facts = catalogue.resolve(named.model, named.provider)
      const wanted = thinkingLevel !== undefined && named.thinkingLevel === undefined
      const lacksLevel = wanted && facts.thinkingLevels?.includes(thinkingLevel) === false
      const level = named.thinkingLevel ?? (lacksLevel ? undefined : thinkingLevel)
      const question = {
        modelName: facts.modelName,
        provider: facts.provider,
        thinkingLevel: level,
      }
      return { facts, thinkingLevel: level, lacksLevel, estimate: estimate(taskType, question) }
    })
    return rankCandidates(inputs, preference)
  }

  return {
    snapshot:
      snapshot === undefined ? undefined : { epoch: snapshot.epoch, version: snapshot.version },
    policy: snapshot?.policy,
    resolve: catalogue.resolve,
    ranking(question) {
      const key = rankingKey(question)
      const known = rankings.get(key)
      if (known !== undefined) return known
      const ranking = rank(question)
      rankings.set(key, ranking)
      return ranking
    },
    winRate(taskType, name, provider) {
      const facts = catalogue.resolve(name, provider)
      return estimate(taskType, { modelName: facts.modelName, provider: facts.provider }).winRate
    },
  }
}

/** Candidates differ from request to request more than the models among them do. */
function rememberEstimates(estimate: Estimator): Estimator {
  const known = new BoundedMap<string, Estimate>(ESTIMATES_KEPT)
  return (taskType, question) => {
    const { provider, modelName, thinkingLevel = '' } = question
    const key = `${taskType}\u0000${provider}\u0000${modelName}\u0000${thinkingLevel}`
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const made = estimate(taskType, question)
    known.set(key, made)
    return made
  }
}

function mergeDefaults(layers: readonly DefaultWinRates[]): DefaultWinRates {
  const merged: Record<string, Record<string, number>> = {}
  for (const layer of layers) {
    for (const [taskType, row] of Object.entries(layer)) {
      merged[taskType] = { ...merged[taskType], ...row }
    }
  }
  return merged
}

function rankingKey(question: RankingQuestion): string {
  const { taskType, preference, candidates, thinkingLevel } = question
  let key = taskType
  if (preference !== undefined) {
    const { winRate, cost, speed } = typeof preference === 'string' ? {} : preference
    key += typeof preference === 'string' ? ` ${preference}` : ` ${winRate},${cost},${speed}`
  }
  // Control characters cannot stand in names (see parseRouteOptions), so parts never run together.
  if (thinkingLevel !== undefined) key += `\u0001${thinkingLevel}`
  if (candidates === undefined) return key
  key += '\u0002'
  for (const input of candidates) {
    key +=
      typeof input === 'string'
        ? `\u0003${input}`
        : `\u0003${input.model}\u0004${input.provider ?? ''}\u0004${input.thinkingLevel ?? ''}`
  }
  return key
}
