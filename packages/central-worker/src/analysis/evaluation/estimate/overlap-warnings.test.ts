import { describe, expect, it } from 'vitest'
import { type OverlapFacts, overlapWarnings } from './overlap-warnings.ts'

function codes(weights: Partial<OverlapFacts['weights']>, facts: Partial<OverlapFacts> = {}) {
  return overlapWarnings({
    weights: { mean: 1, meanStandardError: 0.01, effectiveSampleSize: 5_000, ...weights },
    decisions: 10_000,
    unsupportedShare: 0,
    ...facts,
  }).map(({ code }) => code)
}

describe('overlapWarnings', () => {
  it('is silent where the log overlaps', () => {
    expect(codes({})).toEqual([])
  })

  it('warns below 100 effective decisions', () => {
    expect(codes({ effectiveSampleSize: 99 })).toEqual(['few-effective'])
    expect(codes({ effectiveSampleSize: 100 }, { decisions: 1_000 })).toEqual([])
  })

  it('warns below 5 % of the decisions, unless 1,000 are effective all the same', () => {
    expect(codes({ effectiveSampleSize: 499 })).toEqual(['small-overlap'])
    expect(codes({ effectiveSampleSize: 500 })).toEqual([])
    expect(codes({ effectiveSampleSize: 1_000 }, { decisions: 1_000_000 })).toEqual([])
  })

  it('warns when more than 5 % of the choices were never drawn', () => {
    expect(codes({}, { unsupportedShare: 0.05 })).toEqual([])
    expect(codes({}, { unsupportedShare: 0.051 })).toEqual(['unsupported'])
  })

  it('warns when the weights are off 1 by more than 5 % and more than 3 standard errors', () => {
    expect(codes({ mean: 0.94 })).toEqual(['weights-off'])
    expect(codes({ mean: 1.06 })).toEqual(['weights-off'])
    expect(codes({ mean: 0.96, meanStandardError: 0.001 })).toEqual([])
    expect(codes({ mean: 0.9, meanStandardError: 0.04 })).toEqual([])
  })

  it('says of a policy that no decision agrees with only that', () => {
    expect(codes({ mean: 0, meanStandardError: 0, effectiveSampleSize: 0 })).toEqual(['no-overlap'])
  })
})
