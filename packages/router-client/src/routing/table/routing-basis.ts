// What decisions rest on, apart from the age of the snapshot: one snapshot (or none) and the user's options, read
// in steps, because anybody who may send outcomes decides how much a snapshot holds.
import {
  type Budget,
  type CatalogueEntry,
  type DefaultLayers,
  type DefaultWinRates,
  defaultCatalogue,
  defaultWinRates,
  isAfterFailures,
  nameDefaults,
  type Policy,
  readBudget,
  readHoldout,
  readNaming,
  type Snapshot,
  type SnapshotVersion,
  taskNames,
} from '@winrate/shared-schema/contracts'
import {
  type CallCosts,
  createBorrowing,
  type DeclaredSimilarity,
  type Knowledge,
  type ModelCatalogue,
  type Policies,
  readPolicies,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import type { RequestedModel } from '../request/read-models.ts'
import { readCallCosts } from './call-cost.ts'
import { type Experiment, readExperiment } from './experiment.ts'
import { readLearnedCells } from './learned-cells.ts'
import { readSimilarity } from './learned-similarity.ts'
import { readModelCatalogue } from './model-catalogue.ts'

/** What a user says about models and task types: see RouterOptions. */
export interface RoutingKnowledge {
  readonly catalogue: { readonly entries: readonly CatalogueEntry[]; readonly replace: boolean }
  readonly defaults: { readonly winRates: DefaultWinRates; readonly replace: boolean }
  readonly models: readonly string[] | undefined
  readonly similarTo: DeclaredSimilarity
}

export interface RoutingBasisInput {
  readonly knowledge: RoutingKnowledge
  /** Comes before the snapshot's policy. */
  readonly policy?: Policy | undefined
  readonly snapshot?: Snapshot | undefined
  /** Names of models that requests have listed as candidates. */
  readonly requested?: ReadonlySet<string>
}

export interface RoutingBasis extends Omit<Knowledge, 'evidenceShare'> {
  /** Undefined for defaults alone. */
  readonly snapshot: SnapshotVersion | undefined
  /** Whether the worker takes outcomes of paths. */
  readonly takesPaths: boolean
  /** Paths of requests that are learned apart by what they belong to. */
  readonly splits: ReadonlySet<string>
  /** By task type, where the fleet has learned it: see `conditionalRate`. */
  readonly dependences: ReadonlyMap<string, number>
  /** Task types of later attempts of which something is known. */
  readonly afterFailures: ReadonlySet<string>
  readonly resolve: ModelCatalogue['resolve']
  readonly nameOf: ModelCatalogue['nameOf']
  readonly policies: Policies
  /** Undefined while none is running. */
  readonly experiment: Experiment | undefined
  /** What calls may cost; undefined where nobody says. */
  readonly budget: Budget | undefined
  /** The candidates of a request that names none. */
  readonly everyModel: readonly RequestedModel[]
  readonly costs: CallCosts
}

export function* readRoutingBasis({
  knowledge,
  policy,
  snapshot,
  requested = new Set(),
}: RoutingBasisInput): Steps<RoutingBasis> {
  const fleets = [snapshot?.catalogue ?? [], defaultCatalogue]
  const { entries, replace } = knowledge.catalogue
  const catalogue = yield* readModelCatalogue(
    replace ? [entries] : [entries, ...fleets],
    replace ? undefined : snapshot,
  )
  const fleet = entries.length === 0 && !replace ? catalogue : yield* readNaming(fleets)
  const given = defaultLayers(knowledge, snapshot)
  const defaults = yield* nameDefaults(given, catalogue)
  const models = knowledge.models ?? namesOf(given)
  const listed = new Set(models.map((name) => catalogue.resolve(name).modelName))
  const isListed = (name: string) => catalogue.has(name) || listed.has(name) || requested.has(name)
  const { nameOf } = catalogue
  const table = yield* readLearnedCells(snapshot, { isListed, nameOf, fleetNameOf: fleet.nameOf })
  const similarity = yield* readSimilarity(knowledge.similarTo, snapshot)
  const costs = yield* readCallCosts(table, snapshot, catalogue.resolve)
  const holdout = readHoldout(policy ?? snapshot?.policy)
  return {
    snapshot: snapshot && { epoch: snapshot.epoch, version: snapshot.version },
    takesPaths: snapshot?.paths !== undefined,
    splits: new Set(snapshot?.splits),
    dependences: dependencesOf(snapshot),
    afterFailures: new Set(
      snapshot === undefined ? [] : taskNames(snapshot).filter(isAfterFailures),
    ),
    confidence: snapshot?.confidence,
    resolve: catalogue.resolve,
    nameOf,
    policies: readPolicies(policy ?? snapshot?.policy),
    budget: readBudget(policy ?? snapshot?.policy),
    experiment: holdout && readExperiment(holdout, catalogue.resolve),
    everyModel: models.map(
      (model): RequestedModel => ({ model, provider: undefined, thinkingLevel: undefined }),
    ),
    table,
    defaults,
    similarity: similarity.of,
    borrowsFrom: createBorrowing({
      table,
      assumed: ownFirst(defaults).flatMap((layer) => Object.keys(layer)),
      alike: similarity.alike,
    }),
    costs,
    costRatio: (from, to) => costs.ratio(from, to),
  }
}

function dependencesOf(snapshot: Snapshot | undefined): ReadonlyMap<string, number> {
  const { task = [], dependence = [] } = snapshot?.escalation ?? {}
  const names = snapshot === undefined ? [] : taskNames(snapshot)
  return new Map(task.map((at, place) => [names[at] ?? '', dependence[place] ?? 0]))
}

function defaultLayers(
  { defaults: { winRates, replace } }: RoutingKnowledge,
  snapshot: Snapshot | undefined,
): DefaultLayers {
  return replace ? [winRates] : [defaultWinRates, snapshot?.defaults ?? {}, winRates]
}

/** Models that are candidates because they have a default: a snapshot may hold many. */
const MOST_DEFAULT_MODELS = 200

/** Every model that has a default, in the order of the layers. */
function namesOf(layers: DefaultLayers): readonly string[] {
  const names = new Set<string>()
  for (const layer of ownFirst(layers)) {
    for (const row of Object.values(layer)) {
      for (const name of Object.keys(row)) {
        names.add(name)
        if (names.size === MOST_DEFAULT_MODELS) return [...names]
      }
    }
  }
  return [...names]
}

/** The user's layer, then the built-in one: where only so many count, a snapshot must not crowd them out. */
function ownFirst([first = {}, ...others]: DefaultLayers): DefaultLayers {
  return [...others.slice(-1), first, ...others.slice(0, -1)]
}
