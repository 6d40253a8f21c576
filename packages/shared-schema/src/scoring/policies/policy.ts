// What a policy is, and what candidates are ordered by.

import { type ModelLevel, modelKey } from '../../contracts/names/cell-name.ts'
import type { ObjectSchema, OutputOfShape, Shape } from '../../schema/objects.ts'
import type { Schema } from '../../schema/schema.ts'
import {
  type Aim,
  type CallFactors,
  isWithin,
  preferenceOffset,
  preferenceScore,
  type WithinPreference,
} from '../choice/preference-score.ts'
import type { WinRateEstimate } from '../estimates/threshold-rule.ts'
import type { PlanAim } from '../plans/plan-task.ts'
import type { Expectation } from './expect.ts'
import type { PriorMass } from './priors.ts'

/** A candidate as a policy sees it. */
export interface Contender {
  /** What its posterior expects, where the policy has a `priorMass`. */
  readonly expectation: Pick<Expectation, 'distribution'> | undefined
  /** What cost and speed are worth, in units of win rate; undefined where only they count. */
  readonly offset: number | undefined
  readonly factors: CallFactors
  /** The share of its calls that are answered, 0 to 1. Default 1. */
  readonly availability?: number
}

/** How decisions of one task type are made: a policy with its values. */
export interface TaskPolicy {
  readonly kind: string
  /**
   * Whether a model stands for each thinking level that it was called at, where the request names none.
   * Otherwise it is one candidate without a level, with the numbers of all its levels.
   */
  readonly choosesLevels: boolean
  /** Undefined where the policy does not choose by posteriors. */
  readonly priorMass: PriorMass | undefined
  /** What counts besides success where a request does not say. */
  readonly usualAim: Aim | undefined
  /** What the plan of a request goes by whose answers are checked, where it does not say. */
  readonly planAim: PlanAim
  /** Share of the decisions that go to a uniformly drawn candidate, 0 to 1. */
  readonly exploration: number
  /** So many times its mass a posterior is drawn with; undefined where the policy draws from none. */
  readonly sharpness: number | undefined
  /** Whether an operator chose that aim: then list prices count as they do where a request says so. */
  readonly isAimStated: boolean
  /** Once a snapshot is stale, its evidence counts half after so many hours; undefined: it never fades. */
  readonly staleHalfLifeHours: number | undefined
  /** The chance of each contender to be chosen; they add up to 1. Contenders come best first by the same aim. */
  chances(contenders: readonly Contender[], aim: Aim | undefined): Float64Array
}

/** Every policy can be told to give a share of the decisions to a uniformly drawn candidate. */
type PolicyShape = Shape & { readonly exploration: Schema<number, unknown> }

interface PolicyDefinition<Of extends PolicyShape> {
  readonly kind: string
  /** Its values, each with its bounds and its default. */
  readonly schema: ObjectSchema<Of>
  readonly withValues: (values: OutputOfShape<Of>) => Omit<TaskPolicy, 'kind'>
}

/** Everything that a policy is. Listed in `policies`, it is known to client, worker and command line. */
export function definePolicy<Of extends PolicyShape>({
  kind,
  schema,
  withValues,
}: PolicyDefinition<Of>) {
  const of = (values: OutputOfShape<Of>): TaskPolicy => ({ kind, ...withValues(values) })
  return {
    kind,
    schema,
    of,
    /** Undefined for another kind, and where a value is out of bounds. */
    read(policy: unknown): TaskPolicy | undefined {
      const parsed = schema.safeParse(policy)
      return parsed.success ? of(parsed.data) : undefined
    },
  }
}

/** A candidate with what is known of it. */
interface Unrated {
  readonly candidate: ModelLevel
  readonly estimate: WinRateEstimate
  /** Under a policy that chooses by posteriors. */
  readonly expectation: Expectation | undefined
  readonly factors: CallFactors
  readonly availability?: number
}

/** A candidate that can be ordered, and chosen by a policy. */
export interface Rated extends Unrated {
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined where only they count. */
  readonly offset: number | undefined
}

export function rate(
  { estimate, expectation, factors, availability = 1 }: Unrated,
  aim: Aim | undefined,
  usdPrice = 0,
): Pick<Rated, 'score' | 'offset'> {
  // A call succeeds that is answered, and well: a choice counts by both, and what is learned of quality by one.
  const winRate = availability * (expectation?.cautiousMean ?? estimate.winRate)
  return {
    score: preferenceScore({ winRate, ...factors }, aim, usdPrice),
    offset: preferenceOffset(factors, aim, usdPrice),
  }
}

/**
 * Puts candidates in order, the best first: by score; where an aim says `within`, those whose score is within so much of
 * the greatest come before the others, the cheapest or quickest of them first.
 */
export function inOrder<Of extends Rated>(candidates: Of[], aim: Aim | undefined): Of[] {
  candidates.sort(bestFirst)
  const [best] = candidates
  if (!isWithin(aim) || best === undefined) return candidates
  const isNear = ({ score }: Of) => score >= best.score - aim.within
  return [
    ...candidates.filter(isNear).sort((one, other) => expense(one, aim) - expense(other, aim)),
    ...candidates.filter((one) => !isNear(one)),
  ]
}

/**
 * Lowers the score of a level of which a handful of outcomes is known to that of the best better known level of the
 * same model, where nobody named a level: a new level is tried, but does not lead before it is known.
 */
export function behindBetterKnown<Of extends Rated & { readonly choosesLevel: boolean }>(
  candidates: readonly Of[],
): Of[] {
  const isNew = ({ choosesLevel, expectation }: Of) =>
    choosesLevel && expectation?.isHandful === true
  if (!candidates.some(isNew)) return [...candidates]
  const best = new Map<string, number>()
  for (const { choosesLevel, candidate, expectation, score } of candidates) {
    if (!choosesLevel || expectation === undefined || expectation.isHandful) continue
    const key = modelKey(candidate)
    best.set(key, Math.max(score, best.get(key) ?? 0))
  }
  return candidates.map((one) => {
    if (!isNew(one)) return one
    const most = best.get(modelKey(one.candidate)) ?? one.score
    return one.score <= most ? one : { ...one, score: most }
  })
}

/** What a candidate is compared by where several are good enough: US dollars or milliseconds. */
export function expense({ factors }: Pick<Rated, 'factors'>, { then }: WithinPreference): number {
  return then === 'cost' ? factors.costUsd : factors.responseTimeMs
}

/** By score, then what more than a handful of outcomes is known of, win rate, samples, names by code unit: a total order. */
function bestFirst(one: Rated, other: Rated): number {
  return (
    other.score - one.score ||
    handful(one) - handful(other) ||
    other.estimate.winRate - one.estimate.winRate ||
    other.estimate.samples - one.estimate.samples ||
    byCodeUnit(one.candidate.modelName, other.candidate.modelName) ||
    byCodeUnit(one.candidate.provider, other.candidate.provider) ||
    byCodeUnit(one.candidate.thinkingLevel ?? '', other.candidate.thinkingLevel ?? '')
  )
}

function handful({ expectation }: Rated): number {
  return expectation?.isHandful === true ? 1 : 0
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
