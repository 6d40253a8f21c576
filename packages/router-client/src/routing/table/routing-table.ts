// Everything that decisions rest on: the basis that was read from a snapshot, with the age of the snapshot and the
// own outcomes. Immutable except for its caches, so that a new snapshot is one changed reference.
import {
  findUpwards,
  learnedTaskType,
  type ModelLevel,
  modelKey,
  modelLevelKey,
  rootTask,
} from '@winrate/shared-schema/contracts'
import {
  type Aim,
  addEvidence,
  type CallNumbers,
  type CellPosterior,
  callFactors,
  createEstimator,
  createPosteriors,
  DEFAULT_DEPENDENCE,
  type Estimate,
  type Evidence,
  type Knowledge,
  levelsToTry,
  type ModelFacts,
  noEvidence,
  sumLevel,
  type TaskPolicy,
  type WinRateEstimate,
  weaken,
} from '@winrate/shared-schema/scoring'
import type { Overlay } from '../../overlay/overlay.ts'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { RequestedModel } from '../request/read-models.ts'
import type { RouteRequest } from '../request/request.ts'
import type { Candidate, KnownCandidate } from './candidate.ts'
import type { RoutingBasis } from './routing-basis.ts'

export interface RoutingTableInput {
  /** This instance's outcomes that the snapshot does not count yet. */
  readonly own?: OwnOutcomes
  /** Share of its mass that the snapshot's evidence counts with: below 1 when it is stale. */
  readonly evidenceShare?: number
  /** Called with each model that a request lists as a candidate, when an answer to it is made. */
  readonly onRequested?: (modelName: string) => void
}

/** What this instance knows of its own outcomes beyond the snapshot. */
export type OwnOutcomes = Pick<Overlay, 'revision' | 'has' | 'cell'>

const noRewards: readonly number[] = []
export const noOwnOutcomes: OwnOutcomes = {
  revision: () => 0,
  has: () => false,
  cell: () => ({ pending: () => noEvidence, recent: () => noRewards }),
}
const ESTIMATES_KEPT = 10_000
/** Candidates of one request. */
const MOST_CANDIDATES = 1_000

export type RoutingTable = ReturnType<typeof createRoutingTable>

export function createRoutingTable(
  basis: RoutingBasis,
  { own = noOwnOutcomes, evidenceShare = 1, onRequested }: RoutingTableInput = {},
) {
  const { resolve, nameOf, policies, everyModel, takesPaths, splits, experiment } = basis
  const estimate = rememberEstimates({ ...basis, evidenceShare })
  const numbersOf = numbersIn(basis)
  const levels = new BoundedMap<string, readonly (string | undefined)[]>(ESTIMATES_KEPT)

  /** The task type that outcomes count at: a worker of an earlier version rejects paths. */
  function countedAt(taskType: string): string {
    return takesPaths ? taskType : rootTask(taskType)
  }

  /** What is known of a model at a thinking level, as a candidate of a request, apart from the others. */
  function know(
    request: RouteRequest,
    { facts, thinkingLevel, lacksLevel, choosesLevel }: Variant,
  ): Omit<KnownCandidate, 'factors'> & CallNumbers {
    const { modelName, provider, api, model } = facts
    const { taskType } = request
    const named = { modelName, provider, thinkingLevel }
    const known = estimate(taskType, named, policies.at(taskType))
    const level = thinkingLevel === undefined ? {} : { thinkingLevel }
    return {
      candidate: Object.freeze({ provider, api, model, modelName, ...level }),
      facts,
      lacksLevel,
      choosesLevel,
      estimate: known.winRate,
      posterior: known.posterior,
      own: own.cell(countedAt(taskType), named),
      ...numbersOf(request, facts, known),
    }
  }

  /** The candidates that a model of a request stands for: one for each thinking level to try. */
  function variantsOf(requested: RequestedModel, request: RouteRequest): readonly Variant[] {
    const facts = resolve(requested.model, requested.provider)
    const { thinkingLevel: wanted } = request.options
    if (requested.thinkingLevel !== undefined) {
      return [atLevel(facts, requested.thinkingLevel)]
    }
    if (wanted !== undefined) {
      const lacksLevel = facts.thinkingLevels?.includes(wanted) === false
      return [
        { facts, thinkingLevel: lacksLevel ? undefined : wanted, lacksLevel, choosesLevel: false },
      ]
    }
    return levelsOf(facts, request.taskType).map((thinkingLevel) => ({
      facts,
      thinkingLevel,
      lacksLevel: false,
      choosesLevel: true,
    }))
  }

  function levelsOf(facts: ModelFacts, taskType: string): readonly (string | undefined)[] {
    const policy = policies.at(taskType)
    const key = `${policy.choosesLevels} ${modelKey(facts)}`
    const known = levels.get(key) ?? levelsToTry(basis.table, facts, policy)
    levels.set(key, known)
    return known
  }

  return {
    /** The snapshot that the table was made from; undefined for defaults alone. */
    snapshot: basis.snapshot,
    ...{ takesPaths, experiment },
    /** The entry of a context by which a task type's requests are learned apart. */
    splitOf: (taskType: string, entries: readonly string[]): string | undefined =>
      splits.size === 0 ? undefined : entries.find((entry) => splits.has(`${taskType}/${entry}`)),
    countedAt,
    resolve,
    nameOf,
    /** What is known of what calling a model takes, as its choice counts it. */
    callNumbers(asked: AskedAt, named: Candidate): CallNumbers {
      const known = estimate(asked.taskType, named, policies.at(asked.taskType))
      return numbersOf(asked, resolve(named.modelName, named.provider), known)
    },
    /** How much what one model failed at is hard for others, at this task type. */
    dependenceOf: dependenceIn(basis),
    evidenceAfter: evidenceAfterFailures(basis, own, evidenceShare),
    revision: (taskType: string) => own.revision(countedAt(taskType)),
    policyOf: policies.at,
    /**
     * Every candidate of a request once, 1,000 at most. Every model comes with its first level before any comes
     * with its second, so that no model's levels take the place of another model.
     */
    candidates(request: RouteRequest): readonly KnownCandidate[] {
      const distinct = new Map<string, ReturnType<typeof know>>()
      const { candidates } = request.options
      const requested = candidates ?? everyModel
      const counted = requested.slice(0, MOST_CANDIDATES)
      const variants = counted.map((model) => variantsOf(model, request))
      const most = variants.reduce((longest, { length }) => Math.max(longest, length), 0)
      for (let level = 0; level < most; level += 1) {
        for (const ofModel of variants) {
          const variant = ofModel[level]
          if (variant === undefined || distinct.size === MOST_CANDIDATES) continue
          const { modelName, provider } = variant.facts
          if (candidates !== undefined) onRequested?.(modelName)
          const key = modelLevelKey({ modelName, provider, thinkingLevel: variant.thinkingLevel })
          if (!distinct.has(key)) distinct.set(key, know(request, variant))
        }
      }
      const known = [...distinct.values()]
      const factorsOf = callFactors(known)
      return known.map((one) => ({ ...one, factors: factorsOf(one) }))
    },
    /** A model as the application calls it: by this name, at this level. */
    called: (request: RouteRequest, named: RequestedModel): KnownCandidate =>
      alone(know(request, asCalled(request, named, resolve(named.model, named.provider)))),
    /** What is known of a model at a task type, over all its thinking levels. */
    winRate: (taskType: string, name: string, provider?: string): WinRateEstimate =>
      estimate(taskType, resolve(name, provider), anyLevel).winRate,
  }
}

/** What of a request decides which numbers of its calls count. */
interface AskedAt {
  readonly taskType: string
  readonly options: { readonly prefer?: Aim | undefined }
}

/** A model with the thinking level to call it at. */
interface Variant {
  readonly facts: ModelFacts
  readonly thinkingLevel: string | undefined
  readonly lacksLevel: boolean
  readonly choosesLevel: boolean
}

function asCalled(
  { options }: RouteRequest,
  { model, thinkingLevel = options.thinkingLevel }: RequestedModel,
  facts: ModelFacts,
): Variant {
  return atLevel({ ...facts, model }, thinkingLevel)
}

function atLevel(facts: ModelFacts, thinkingLevel: string | undefined): Variant {
  return { facts, thinkingLevel, lacksLevel: false, choosesLevel: false }
}

/** Without others to compare it with. */
function alone<Of extends CallNumbers>(known: Of) {
  return { ...known, factors: callFactors([known])(known) }
}

interface LearnedEstimate extends Estimate {
  /** Under a policy with a prior. */
  readonly posterior: CellPosterior | undefined
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

/** What of a call is compared. */
function numbersIn({ costs, policies, budget }: RoutingBasis) {
  return (
    { taskType, options: { prefer } }: AskedAt,
    { usdPerMTokens, prices }: ModelFacts,
    { costUsd, responseTimeMs }: Estimate,
  ): CallNumbers => ({
    costUsd: costs.expectedUsd(taskType, { costUsd, prices, usdPerMTokens }),
    // List prices count only where somebody says that cost does.
    usdPerMTokens:
      prefer !== undefined || budget !== undefined || policies.at(taskType).isAimStated
        ? usdPerMTokens
        : undefined,
    responseTimeMs,
  })
}

function dependenceIn({ dependences }: RoutingBasis) {
  return (taskType: string): number =>
    findUpwards(taskType, (at) => dependences.get(at)) ?? DEFAULT_DEPENDENCE
}

/** What is known of models after answers of others have failed, as a task type has it; undefined where nothing is. */
function evidenceAfterFailures(
  { table, takesPaths, afterFailures }: RoutingBasis,
  own: OwnOutcomes,
  evidenceShare: number,
) {
  return (
    taskType: string,
    failed: readonly string[],
  ): ((model: ModelLevel) => Evidence) | undefined => {
    const stratum = takesPaths ? learnedTaskType(taskType, failed.join()) : taskType
    const isLearned = afterFailures.has(stratum)
    const isOwn = own.has(stratum)
    if (stratum === taskType || !(isLearned || isOwn)) return undefined
    return (model) => {
      const pending = isOwn ? own.cell(stratum, model).pending() : noEvidence
      if (!isLearned) return pending
      return addEvidence(weaken(sumLevel(table, stratum, model).evidence, evidenceShare), pending)
    }
  }
}

const anyLevel = { choosesLevels: false, priorMass: undefined }
