// What candidates are ordered by.
import type { ModelLevel } from '../../contracts/cell-name.ts'
import { type Preference, preferenceOffset, preferenceScore } from '../choice/preference-score.ts'
import type { WinRateEstimate } from '../estimates/threshold-rule.ts'
import type { Expectation } from './expect.ts'

/** A candidate with what is known of it. */
interface Unrated {
  readonly candidate: ModelLevel
  readonly estimate: WinRateEstimate
  /** Under a policy that chooses by posteriors. */
  readonly expectation: Expectation | undefined
  /** Cheapness and quickness, 0 to 1. */
  readonly factors: { readonly cost: number; readonly speed: number }
}

/** A candidate that can be ordered, and chosen by a policy. */
export interface Rated extends Pick<Unrated, 'candidate' | 'estimate' | 'expectation'> {
  readonly score: number
  /** What cost and speed are worth in units of win rate; undefined where only they count. */
  readonly offset: number | undefined
}

export function rate(
  { estimate, expectation, factors }: Unrated,
  preference: Preference | undefined,
): Pick<Rated, 'score' | 'offset'> {
  const winRate = expectation?.mean ?? estimate.winRate
  return {
    score: preferenceScore({ winRate, ...factors }, preference),
    offset: preferenceOffset(factors, preference),
  }
}

/** By score, then win rate, then samples, then names by code unit: a total order. */
export function bestFirst(one: Rated, other: Rated): number {
  return (
    other.score - one.score ||
    other.estimate.winRate - one.estimate.winRate ||
    other.estimate.samples - one.estimate.samples ||
    byCodeUnit(one.candidate.modelName, other.candidate.modelName) ||
    byCodeUnit(one.candidate.provider, other.candidate.provider) ||
    byCodeUnit(one.candidate.thinkingLevel ?? '', other.candidate.thinkingLevel ?? '')
  )
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
