import { describe, expect, it } from 'vitest'
import { type OverlapFacts, overlapWarnings } from './overlap-warnings.ts'

function codes(facts: Partial<OverlapFacts> = {}) {
  return overlapWarnings({
    decisions: 10_000,
    ...{ effectiveSampleSize: 5_000, effectiveClusters: 100 },
    weight: { mean: 1, standardError: 0.01 },
    ...{ unsupportedShare: 0, unknownCostShare: 0 },
    ...facts,
  }).map(({ code }) => code)
}

describe('overlapWarnings', () => {
  it('is silent where the log overlaps', () => {
    expect(codes({})).toEqual([])
  })

  it('warns below 100 effective decisions', () => {
    expect(codes({ effectiveSampleSize: 99 })).toEqual(['few-effective'])
    expect(codes({ effectiveSampleSize: 100, decisions: 1_000 })).toEqual([])
  })

  it('warns below 5 % of the decisions, unless 1,000 are effective all the same', () => {
    expect(codes({ effectiveSampleSize: 499 })).toEqual(['small-overlap'])
    expect(codes({ effectiveSampleSize: 500 })).toEqual([])
    expect(codes({ effectiveSampleSize: 1_000, decisions: 1_000_000 })).toEqual([])
  })

  it('warns when more than 5 % of the choices were never drawn', () => {
    expect(codes({ unsupportedShare: 0.05 })).toEqual([])
    expect(codes({ unsupportedShare: 0.051 })).toEqual(['unsupported'])
  })

  it('warns when the weights are off 1 by more than 5 % and more than 3 standard errors', () => {
    expect(codes({ weight: { mean: 0.94, standardError: 0.01 } })).toEqual(['weights-off'])
    expect(codes({ weight: { mean: 1.06, standardError: 0.01 } })).toEqual(['weights-off'])
    expect(codes({ weight: { mean: 0.96, standardError: 0.001 } })).toEqual([])
    expect(codes({ weight: { mean: 0.9, standardError: 0.04 } })).toEqual([])
  })

  it('warns below 10 effective clusters, which tell too little about dependence', () => {
    expect(codes({ effectiveClusters: 10 })).toEqual([])
    expect(codes({ effectiveClusters: 9.9 })).toEqual(['few-clusters'])
  })

  it('warns of choices whose cost is not known', () => {
    expect(codes({ unknownCostShare: 0.02 })).toEqual(['cost-unknown'])
  })

  it('says of a policy that no decision agrees with only that', () => {
    const weight = { mean: 0, standardError: 0 }
    const none = { weight, effectiveSampleSize: 0, effectiveClusters: 0 }
    expect(codes(none)).toEqual(['no-overlap'])
  })
})
