// The candidates of one kind of question (task type, preference, thinking level), each scored once for all
// the rankings that it stands in, and again only when this instance's own outcomes say something new of it.
import { modelLevelKey } from '@winrate/shared-schema/contracts'
import type { Expectation, Posterior } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { RankedCandidate, RankingInput } from '../choice/ranking.ts'
import { type CandidateInput, candidateInputKey } from './candidate.ts'
import type { Variant } from './candidate-variants.ts'
import type { OwnCell } from './own-outcomes.ts'

/** A candidate with what the snapshot says of it. */
export interface LearnedCandidate extends Omit<RankingInput, 'expectation'> {
  readonly own: OwnCell
  readonly posterior: Posterior | undefined
}

export interface CandidatePoolInput {
  readonly variantsOf: (input: CandidateInput) => readonly Variant[]
  readonly learn: (variant: Variant) => LearnedCandidate
  /** With own outcomes; `before` itself where they say nothing new. */
  readonly expect: (
    learned: LearnedCandidate,
    before: Expectation | undefined,
  ) => Expectation | undefined
  readonly score: (input: RankingInput) => RankedCandidate
}

export interface CandidatePool {
  /** Every candidate that the inputs stand for, once. */
  gather(inputs: readonly CandidateInput[]): PooledCandidates
}

/** Some of a pool's candidates. */
export interface PooledCandidates {
  /** As of a revision of the own outcomes; the same list as before where it says nothing new of them. */
  scored(revision: number): readonly RankedCandidate[]
}

interface Pooled {
  readonly key: string
  readonly learned: LearnedCandidate
  ranked: RankedCandidate
  revision: number
}

const INPUTS_KEPT = 1_000

export function createCandidatePool(input: CandidatePoolInput): CandidatePool {
  const { variantsOf, learn, expect, score } = input
  const pooled = new BoundedMap<string, readonly Pooled[]>(INPUTS_KEPT)

  function pool(given: CandidateInput): readonly Pooled[] {
    const key = typeof given === 'string' ? given : candidateInputKey(given)
    const known = pooled.get(key)
    if (known !== undefined) return known
    const made = variantsOf(given).map((variant): Pooled => {
      const learned = learn(variant)
      const ranked = score({ ...learned, expectation: expect(learned, undefined) })
      return { key: modelLevelKey(learned.candidate), learned, ranked, revision: Number.NaN }
    })
    pooled.set(key, made)
    return made
  }

  function rankedAt(one: Pooled, revision: number): RankedCandidate {
    if (one.revision === revision) return one.ranked
    const { learned, ranked } = one
    const expectation = expect(learned, ranked.expectation)
    if (expectation !== ranked.expectation) one.ranked = score({ ...learned, expectation })
    one.revision = revision
    return one.ranked
  }

  function distinct(inputs: readonly CandidateInput[]): readonly Pooled[] {
    const byKey = new Map<string, Pooled>()
    for (const given of inputs) {
      for (const one of pool(given)) if (!byKey.has(one.key)) byKey.set(one.key, one)
    }
    return [...byKey.values()]
  }

  return {
    gather(inputs) {
      const members = distinct(inputs)
      let scored: readonly RankedCandidate[] = []
      return {
        scored(revision) {
          const now = members.map((one) => rankedAt(one, revision))
          if (now.length !== scored.length || now.some((one, at) => one !== scored[at]))
            scored = now
          return scored
        },
      }
    },
  }
}
