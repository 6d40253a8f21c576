// A candidate with what it is chosen by.
import {
  type Aim,
  type CellPosterior,
  type Expectation,
  expectReward,
  rate,
  withFailedCalls,
} from '@winrate/shared-schema/scoring'
import type { CallRisk } from '../../availability/call-risk.ts'
import type { KnownCandidate } from '../table/candidate.ts'

/** A candidate with what it is chosen by; its factors contain what failed calls add. */
export interface RatedCandidate extends KnownCandidate {
  readonly risk: CallRisk
  /** The share of its calls that are answered, 0 to 1. */
  readonly availability: number
  /** What a budget makes of it. */
  readonly priced: Priced
  /** What the posterior expects, own outcomes included; undefined under a policy without posteriors. */
  readonly expectation: Expectation | undefined
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined if the win rate has no weight. */
  readonly offset: number | undefined
}

export interface Priced {
  /** What a dollar costs, in successes. */
  readonly usdPrice: number
  /** So many times as dear as the snapshot has it the model is. */
  readonly dearness: number
}

export const unpriced: Priced = { usdPrice: 0, dearness: 1 }

/**
 * Rates a candidate by what is known of it, by this instance's own outcomes, and by how its calls fail. Returns `before`
 * itself if these are unchanged.
 */
export function rateCandidate(
  known: KnownCandidate,
  aim: Aim | undefined,
  risk: CallRisk,
  priced: Priced,
  before?: RatedCandidate,
): RatedCandidate {
  const { candidate, facts, lacksLevel, choosesLevel, estimate, posterior, own } = known
  const expectation = posterior && expectNow(own, posterior, before?.expectation)
  const { usdPrice, dearness } = priced
  if (
    before !== undefined &&
    before.risk === risk &&
    expectation === before.expectation &&
    before.priced.usdPrice === usdPrice &&
    before.priced.dearness === dearness
  ) {
    return before
  }
  const { availability } = risk
  const met = withFailedCalls(known.factors, risk)
  const factors = dearness === 1 ? met : { ...met, costUsd: dearness * met.costUsd }
  const unrated = { candidate, estimate, expectation, factors, availability }
  const { score, offset } = rate(unrated, aim, usdPrice)
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
    risk,
    availability,
    priced,
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
