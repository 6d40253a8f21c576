import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confidence, isLearned, thresholdRule } from './threshold-rule.ts'

const similarResults = [{ winRate: 0.6, samples: 80, similarity: 0.8 }]

describe('thresholdRule', () => {
  it('takes the learned win rate from 5 samples on, whatever else is known', () => {
    expect(
      thresholdRule({ successes: 1, samples: 5, similarResults, defaultWinRate: 0.95 }),
    ).toEqual({ winRate: 0.2, confidence: confidence(5), samples: 5, source: 'learned' })
  })

  it('takes the semantic estimate under 5 samples', () => {
    expect(thresholdRule({ successes: 4, samples: 4, similarResults })).toEqual({
      winRate: 0.6,
      confidence: 0.16,
      samples: 4,
      source: 'semantic',
    })
  })

  it('lets the default take part in the semantic estimate', () => {
    const { winRate, source } = thresholdRule({
      successes: 0,
      samples: 0,
      similarResults,
      defaultWinRate: 0.9,
    })
    expect(source).toBe('semantic')
    expect(winRate).toBeGreaterThan(0.6)
    expect(winRate).toBeLessThan(0.9)
  })

  it('takes the default where nothing similar is known', () => {
    expect(thresholdRule({ successes: 0, samples: 4, defaultWinRate: 0.82 })).toEqual({
      winRate: 0.82,
      confidence: 0.16,
      samples: 4,
      source: 'default',
    })
  })

  it('answers 0.5, unknown, where nothing is known at all', () => {
    expect(thresholdRule({ successes: 0, samples: 0 })).toEqual({
      winRate: 0.5,
      confidence: 0,
      samples: 0,
      source: 'unknown',
    })
  })

  it('counts samples as learned by the confidence parameters it is given', () => {
    const parameters = { slope: 0.01, midpoint: 50, floor: 10 }
    expect(thresholdRule({ successes: 9, samples: 9, parameters }).source).toBe('unknown')
    expect(thresholdRule({ successes: 9, samples: 10, parameters }).source).toBe('learned')
  })

  it('answers a win rate between 0 and 1 for any input', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.nat(500),
        fc.array(fc.record({ winRate: rate, samples: fc.nat(500), similarity: rate })),
        fc.option(rate, { nil: undefined }),
        (successes, failures, elsewhere, defaultWinRate) => {
          const { winRate } = thresholdRule({
            successes,
            samples: successes + failures,
            similarResults: elsewhere,
            defaultWinRate,
          })
          expect(winRate).toBeGreaterThanOrEqual(0)
          expect(winRate).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('isLearned', () => {
  it('begins at 5 samples', () => {
    expect([4, 5].map((samples) => isLearned(samples))).toEqual([false, true])
  })
})
