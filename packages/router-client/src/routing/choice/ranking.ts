// Candidates in order, and the chance of each to be chosen.
import { modelLevelKey } from '@winrate/shared-schema/contracts'
import {
  type Aim,
  behindBetterKnown,
  inOrder,
  type TaskPolicy,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import type { Hold } from '../../availability/availability.ts'
import type { Cooling } from '../../availability/cooling.ts'
import { hashBits, uniformAt } from '../../runtime/random.ts'
import type { Candidate } from '../table/candidate.ts'
import type { Arm } from '../table/experiment.ts'
import type { RatedCandidate } from './rated-candidate.ts'

/** The chosen candidate, as a decision describes it. */
export interface Choice {
  readonly candidate: Candidate
  readonly estimate: WinRateEstimate
  readonly score: number
  /** The other candidates, best first. */
  readonly fallbacks: readonly Candidate[]
  /** Why no candidate was allowed; undefined when one was. */
  readonly problem?: string
  /** What references of these decisions have in common, kept until the propensity or the arm is another one. */
  inReferences: InReferences | undefined
}

interface InReferences {
  readonly propensity: number
  readonly arm: Arm | undefined
  /** The part that says what is called. */
  readonly call: string
  /** The same with the end of a reference that belongs to no session and has no context. */
  readonly whole: string
}

/** A candidate in its place, with the numbers that put it there. */
export interface RankedModel extends Candidate, WinRateEstimate {
  /** What candidates are ordered by, 0 to 1: as in a decision. */
  readonly score: number
  /** Probability of being chosen, 0 to 1: among all candidates, in an explanation among the allowed ones. */
  readonly chance: number
  /** Under policy `thompson`: the reward that the posterior expects, 0 to 1. */
  readonly expectedReward?: number
  /** The share of its calls that are answered, 0 to 1, where some clearly fail; `score` counts it. */
  readonly availability?: number
  /** Why decisions avoid it now; absent where they do not. */
  readonly cooling?: Cooling
  /** 1 for the best. */
  readonly rank: number
}

/** More models than this are planned with only if they come first in the ranking. */
export const MOST_PLANNED = 64

/** How one of the candidates of a request is chosen. */
export interface ChoiceRule {
  readonly policy: TaskPolicy
  readonly aim: Aim | undefined
}

/** Immutable; works out chances and fallbacks once, when they are first needed. */
export class Ranking {
  /** Best first, those that cool down last. */
  readonly candidates: readonly RatedCandidate[]
  /** The first so many may be drawn. */
  readonly drawable: number
  /** Whether every candidate cools down, so that some are drawn all the same. */
  readonly isAllHeld: boolean
  readonly rule: ChoiceRule
  readonly #choices: Choice[] = []
  #chances: Float64Array | undefined
  #expectedUsd: number | undefined
  #marks: readonly number[] | undefined

  private constructor(
    candidates: readonly RatedCandidate[],
    rule: ChoiceRule,
    { drawable = candidates.length, isAllHeld = false } = {},
  ) {
    this.candidates = candidates
    this.drawable = drawable
    this.isAllHeld = isAllHeld
    this.rule = rule
  }

  /** Orders distinct candidates. */
  static of(candidates: readonly RatedCandidate[], rule: ChoiceRule): Ranking {
    return new Ranking(inOrder(behindBetterKnown(candidates), rule.aim), rule)
  }

  /** The candidates that pass; this ranking itself where all do. */
  filter(passes: (candidate: RatedCandidate) => boolean): Ranking {
    const passed = this.candidates.filter(passes)
    if (passed.length === this.candidates.length) return this
    return new Ranking(inOrder(passed, this.rule.aim), this.rule)
  }

  /**
   * The candidates that are held back behind the others. Only the others may be drawn, or where there are none those that
   * are held the least; this ranking itself where no candidate is held.
   */
  holding(holdOf: (candidate: Candidate) => Hold): Ranking {
    const holds = this.candidates.map((each) => ({ each, hold: holdOf(each.candidate) }))
    if (holds.every(({ hold }) => hold === 0)) return this
    const sorted = holds.sort((one, other) => one.hold - other.hold)
    const least = sorted[0]?.hold
    return new Ranking(
      sorted.map(({ each }) => each),
      this.rule,
      {
        drawable: sorted.filter(({ hold }) => hold === least).length,
        isAllHeld: least !== 0,
      },
    )
  }

  /** The chance of each candidate to be chosen; they add up to 1. */
  get chances(): Float64Array {
    this.#chances ??= this.#chancesNow()
    return this.#chances
  }

  /** What a call is expected to cost in US dollars, whoever is drawn. */
  get expectedUsd(): number {
    const { candidates, chances } = this
    this.#expectedUsd ??= candidates.reduce(
      (sum, { factors }, at) => sum + (chances[at] ?? 0) * factors.costUsd,
      0,
    )
    return this.#expectedUsd
  }

  #chancesNow(): Float64Array {
    const { policy, aim } = this.rule
    const { candidates, drawable } = this
    if (drawable === candidates.length) return policy.chances(candidates, aim)
    const chances = new Float64Array(candidates.length)
    chances.set(policy.chances(candidates.slice(0, drawable), aim))
    return chances
  }

  /** The place that a number, uniform in [0, 1), falls on: each with its chance. */
  draw(uniform: number): number {
    return placeAt(this.chances, uniform)
  }

  /**
   * The place that the number of a session falls on, in every process the same: each with its chance. Each candidate
   * waits for an exponential time whose rate is its chance, and the first one wins (weighted rendezvous hashing). A
   * candidate's time depends on nothing else, so a session moves only to one whose chance has grown against that of the one
   * that it leaves.
   */
  drawFor(session: number, chances: Float64Array = this.chances): number {
    this.#marks ??= this.candidates.map(({ candidate }) => hashBits(modelLevelKey(candidate)))
    let first = 0
    let least = Number.POSITIVE_INFINITY
    for (const [place, mark] of this.#marks.entries()) {
      // From (0, 1], of which no logarithm is infinite.
      const waits = -Math.log(1 - uniformAt(mark, session)) / (chances[place] ?? 0)
      if (waits < least) {
        least = waits
        first = place
      }
    }
    return first
  }

  /** What a decision for the candidate at `place` says. Decisions share it. */
  choice(place: number): Choice {
    const known = this.#choices[place]
    if (known !== undefined) return known
    const chosen = this.candidates[place]
    if (chosen === undefined) throw new Error('no candidate at all')
    const { candidate, estimate, score } = chosen
    const others = this.candidates.filter((_, at) => at !== place)
    const fallbacks = Object.freeze(others.map((other) => other.candidate))
    const choice = { candidate, estimate, score, fallbacks, inReferences: undefined }
    this.#choices[place] = choice
    return choice
  }
}

/** The place that a number, uniform in [0, 1), falls on: each with its chance. */
export function placeAt(chances: Float64Array, uniform: number): number {
  let upTo = 0
  let last = 0
  for (let place = 0; place < chances.length; place += 1) {
    const chance = chances[place] ?? 0
    upTo += chance
    if (uniform < upTo) return place
    if (chance > 0) last = place
  }
  // Rounding may leave the sum of all chances a little below 1.
  return last
}

type CoolingOf = (candidate: Candidate) => Cooling | undefined

export function listRankedModels(
  { candidates, chances }: Ranking,
  coolingOf: CoolingOf,
): readonly RankedModel[] {
  return candidates.map((candidate, at) => {
    const place = { at, chance: chances[at] ?? 0 }
    return describeRanked(candidate, place, coolingOf)
  })
}

export function describeRanked(
  { candidate, estimate, expectation, score, availability }: RatedCandidate,
  { at, chance }: { readonly at: number; readonly chance: number },
  coolingOf: CoolingOf,
): RankedModel {
  const cooling = coolingOf(candidate)
  return {
    ...candidate,
    ...estimate,
    ...(expectation === undefined ? {} : { expectedReward: expectation.mean }),
    ...(availability < 1 && { availability }),
    ...(cooling !== undefined && { cooling }),
    score,
    rank: at + 1,
    chance,
  }
}
