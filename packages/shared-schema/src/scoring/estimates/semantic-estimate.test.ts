import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confidence, DEFAULT_WORTH_SAMPLES, semanticEstimate } from './threshold-rule.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const similarResult = fc.record({
  winRate: share,
  samples: fc.nat(5000),
  similarity: fc.double({ min: 0.01, max: 1, noNaN: true }),
})
const ROUNDING = 1e-12

describe('semanticEstimate', () => {
  it('weighs results on similar tasks by similarity × confidence', () => {
    const estimate = semanticEstimate({
      similarResults: [
        { winRate: 0.9, samples: 50, similarity: 0.8 },
        { winRate: 0.5, samples: 100, similarity: 0.5 },
      ],
    })
    const first = 0.8 * confidence(50)
    const second = 0.5 * confidence(100)
    expect(estimate).toBeCloseTo((first * 0.9 + second * 0.5) / (first + second), 12)
  })

  it('counts the default as similarity 1 with the confidence of 20 samples', () => {
    const estimate = semanticEstimate({
      similarResults: [{ winRate: 0.4, samples: 50, similarity: 0.8 }],
      defaultWinRate: 0.9,
    })
    const elsewhere = 0.8 * confidence(50)
    const known = confidence(20)
    expect(estimate).toBeCloseTo((elsewhere * 0.4 + known * 0.9) / (elsewhere + known), 12)
  })

  it('is undefined without results on similar tasks, also where there is a default', () => {
    expect(semanticEstimate({ similarResults: [] })).toBeUndefined()
    expect(semanticEstimate({ similarResults: [], defaultWinRate: 0.9 })).toBeUndefined()
  })

  it('is undefined when no result is similar or none has samples', () => {
    const similarResults = [
      { winRate: 1, samples: 0, similarity: 0.8 },
      { winRate: 1, samples: 100, similarity: 0 },
    ]
    expect(semanticEstimate({ similarResults })).toBeUndefined()
  })

  it('follows the confidence parameters it is given', () => {
    const parameters = { slope: 0.1, midpoint: 20, floor: 5 }
    const estimate = semanticEstimate({
      similarResults: [{ winRate: 0, samples: 20, similarity: 1 }],
      defaultWinRate: 1,
      parameters,
    })
    expect(estimate).toBeCloseTo(0.5, 12)
  })

  it('lies between the lowest and the highest of its inputs', () => {
    fc.assert(
      fc.property(
        fc.array(similarResult, { minLength: 1, maxLength: 10 }),
        fc.option(share, { nil: undefined }),
        (similarResults, defaultWinRate) => {
          const estimate = semanticEstimate({ similarResults, defaultWinRate })
          if (estimate === undefined) return
          const rates = similarResults.filter(({ samples }) => samples > 0).map((r) => r.winRate)
          if (defaultWinRate !== undefined) rates.push(defaultWinRate)
          expect(estimate).toBeGreaterThanOrEqual(Math.min(...rates) - ROUNDING)
          expect(estimate).toBeLessThanOrEqual(Math.max(...rates) + ROUNDING)
          expect(estimate).toBeGreaterThanOrEqual(0)
          expect(estimate).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('stays nearer to the default than to a result of no more samples elsewhere', () => {
    fc.assert(
      fc.property(
        share,
        similarResult.filter(({ samples }) => samples > 0 && samples <= DEFAULT_WORTH_SAMPLES),
        (defaultWinRate, result) => {
          const estimate = semanticEstimate({ similarResults: [result], defaultWinRate }) ?? 0
          expect(Math.abs(estimate - defaultWinRate)).toBeLessThanOrEqual(
            Math.abs(estimate - result.winRate) + ROUNDING,
          )
        },
      ),
    )
  })

  it('keeps a share of the default however many samples one similar task has', () => {
    const estimate = semanticEstimate({
      similarResults: [{ winRate: 0, samples: 1_000_000, similarity: 1 }],
      defaultWinRate: 1,
    })
    expect(estimate).toBeCloseTo(confidence(20) / (1 + confidence(20)), 12)
    expect(estimate).toBeGreaterThan(0.29)
  })
})
