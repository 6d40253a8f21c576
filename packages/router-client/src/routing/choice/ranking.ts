// Candidates in order, and the chance of each to be chosen.
import { modelKey, modelLevelKey } from '@winrate/shared-schema/contracts'
import {
  type Aim,
  type CellPosterior,
  type Expectation,
  expectReward,
  inOrder,
  rate,
  type TaskPolicy,
  type WinRateEstimate,
} from '@winrate/shared-schema/scoring'
import { hashBits, uniformAt } from '../../runtime/random.ts'
import type { Candidate, KnownCandidate } from '../table/candidate.ts'

/** A candidate with what it is chosen by. */
export interface RatedCandidate extends KnownCandidate {
  /** What the posterior expects, own outcomes included; undefined under a policy without posteriors. */
  readonly expectation: Expectation | undefined
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined if the win rate has no weight. */
  readonly offset: number | undefined
}

/** The chosen candidate, as a decision describes it. */
export interface Choice {
  readonly candidate: Candidate
  readonly estimate: WinRateEstimate
  readonly score: number
  /** The other candidates, best first. */
  readonly fallbacks: readonly Candidate[]
  /** Why no candidate was allowed; undefined when one was. */
  readonly problem?: string
}

/** A candidate in its place, with the numbers that put it there. */
export interface RankedModel extends Candidate, WinRateEstimate {
  /** What candidates are ordered by, 0 to 1: as in a decision. */
  readonly score: number
  /** Probability of being chosen, 0 to 1: among all candidates, in an explanation among the allowed ones. */
  readonly chance: number
  /** Under policy `thompson`: the reward that the posterior expects, 0 to 1. */
  readonly expectedReward?: number
  /** 1 for the best. */
  readonly rank: number
}

/** How one of the candidates of a request is chosen. */
export interface ChoiceRule {
  readonly policy: TaskPolicy
  readonly aim: Aim | undefined
}

/** Immutable; works out chances and fallbacks once, when they are first needed. */
export class Ranking {
  /** Best first. */
  readonly candidates: readonly RatedCandidate[]
  readonly #rule: ChoiceRule
  readonly #choices: Choice[] = []
  #chances: Float64Array | undefined
  #marks: readonly number[] | undefined

  private constructor(candidates: RatedCandidate[], rule: ChoiceRule) {
    this.candidates = inOrder(candidates, rule.aim)
    this.#rule = rule
  }

  /** Orders distinct candidates. */
  static of(candidates: readonly RatedCandidate[], rule: ChoiceRule): Ranking {
    return new Ranking(behindBetterKnown(candidates), rule)
  }

  /** The candidates that pass; this ranking itself where all do. */
  filter(passes: (candidate: RatedCandidate) => boolean): Ranking {
    const passed = this.candidates.filter(passes)
    return passed.length === this.candidates.length ? this : new Ranking(passed, this.#rule)
  }

  /** The chance of each candidate to be chosen; they add up to 1. */
  get chances(): Float64Array {
    this.#chances ??= this.#rule.policy.chances(this.candidates, this.#rule.aim)
    return this.#chances
  }

  /** The place that a number, uniform in [0, 1), falls on: each with its chance. */
  draw(uniform: number): number {
    const { chances } = this
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

  /**
   * The place that the number of a session falls on, in every process the same: each with its chance. Each candidate
   * waits for an exponential time whose rate is its chance, and the first one wins (weighted rendezvous hashing). A
   * candidate's time depends on nothing else, so a session moves only to one whose chance has grown against that of the one
   * that it leaves.
   */
  drawFor(session: number): number {
    const { chances, candidates } = this
    this.#marks ??= candidates.map(({ candidate }) => hashBits(modelLevelKey(candidate)))
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
    const choice = { candidate, estimate, score, fallbacks }
    this.#choices[place] = choice
    return choice
  }
}

/**
 * Lowers the score of a level of which a handful of outcomes is known to that of the best better known level of the
 * same model, where nobody named a level: a new level is tried, but does not lead before it is known.
 */
function behindBetterKnown(candidates: readonly RatedCandidate[]): RatedCandidate[] {
  const isNew = ({ choosesLevel, expectation }: RatedCandidate) =>
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

/**
 * Rates a candidate by what is known of it and by this instance's own outcomes. Returns `before` itself if
 * these are unchanged.
 */
export function rateCandidate(
  known: KnownCandidate,
  aim: Aim | undefined,
  before?: RatedCandidate,
): RatedCandidate {
  const { candidate, facts, lacksLevel, choosesLevel, estimate, posterior, factors, own } = known
  const expectation = posterior && expectNow(own, posterior, before?.expectation)
  if (before !== undefined && expectation === before.expectation) return before
  const { score, offset } = rate({ candidate, estimate, expectation, factors }, aim)
  // Field by field: spreads of this many candidates show in the first decision after a snapshot.
  return {
    candidate,
    facts,
    lacksLevel,
    choosesLevel,
    estimate,
    posterior,
    factors,
    own,
    expectation,
    score,
    offset,
  }
}

/** What a posterior expects with the own outcomes so far; `before` itself if they are unchanged. */
export function expectNow(
  cell: KnownCandidate['own'],
  posterior: CellPosterior,
  before?: Expectation,
): Expectation {
  const own = { pending: cell.pending(), recent: cell.recent() }
  const isUnchanged =
    before !== undefined &&
    before.own.pending.mass === own.pending.mass &&
    before.own.pending.reward === own.pending.reward &&
    before.own.recent.length === own.recent.length &&
    before.own.recent.every((reward, at) => reward === own.recent[at])
  return isUnchanged ? before : expectReward(posterior, own)
}

export function listRankedModels({ candidates, chances }: Ranking): readonly RankedModel[] {
  return candidates.map((candidate, at) => describeRanked(candidate, at, chances[at] ?? 0))
}

export function describeRanked(
  { candidate, estimate, expectation, score }: RatedCandidate,
  at: number,
  chance: number,
): RankedModel {
  return {
    ...candidate,
    ...estimate,
    ...(expectation === undefined ? {} : { expectedReward: expectation.mean }),
    score,
    rank: at + 1,
    chance,
  }
}
