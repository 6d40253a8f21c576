// How posteriors are distributed, as far as a reader can see it.
import type { CandidateInNumbers } from '@winrate/router-client/testing'
import { type Density, likeliestFirst } from '@winrate/shared-schema/http'

/** Candidates that are told apart in one figure: the likeliest to be chosen. */
const MOST_DENSITIES = 6
/** Of each candidate. */
const MOST_VALUES = 100
/** What is less likely than this, below or above, is left out. */
const NEGLIGIBLE = 0.0005

/** None of a candidate without a posterior. */
export function densitiesOf(candidates: readonly CandidateInNumbers[]): Density[] {
  return likeliestFirst(candidates)
    .slice(0, MOST_DENSITIES)
    .flatMap(({ provider, modelName, thinkingLevel = null, expectation }) => {
      if (expectation === undefined) return []
      const model = { provider, modelName, thinkingLevel: thinkingLevel ?? null }
      return [{ ...model, ...densityOf(expectation.distribution) }]
    })
}

/** @param upTo The probability to lie in each of so many equal cells from 0 to 1, or below it. */
export function densityOf(upTo: ArrayLike<number>): Pick<Density, 'from' | 'step' | 'values'> {
  const cells = upTo.length
  const before = (cell: number) => (cell <= 0 ? 0 : (upTo[Math.min(cell, cells) - 1] ?? 1))
  let first = 0
  while (first < cells - 1 && before(first + 1) < NEGLIGIBLE) first += 1
  let end = cells
  while (end > first + 1 && before(end - 1) > 1 - NEGLIGIBLE) end -= 1
  const each = Math.ceil((end - first) / MOST_VALUES)
  const values = Array.from({ length: Math.ceil((end - first) / each) }, (_, at) => {
    const from = first + at * each
    const to = Math.min(cells, from + each)
    return Number((((before(to) - before(from)) * cells) / (to - from)).toPrecision(6))
  })
  return { from: first / cells, step: each / cells, values }
}
