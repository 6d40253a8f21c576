// The worked examples of the system's first description: which of its figures hold, and which are
// not followed because they contradict the formula that the same description gives.
import { describe, expect, it } from 'vitest'
import { confidence, thresholdRule } from './estimates/threshold-rule.ts'

const defaultWinRate = 0.82

describe('the original’s example progression, coding on claude-sonnet', () => {
  it('begins at the default of 0.82', () => {
    expect(thresholdRule({ successes: 0, samples: 0, defaultWinRate })).toMatchObject({
      winRate: 0.82,
      source: 'default',
    })
  })

  it('learns 0.90 from 45 successes of 50', () => {
    expect(thresholdRule({ successes: 45, samples: 50, defaultWinRate })).toMatchObject({
      winRate: 0.9,
      source: 'learned',
    })
  })

  it('learns 0.92 from 92 successes of 100', () => {
    expect(thresholdRule({ successes: 92, samples: 100, defaultWinRate })).toMatchObject({
      winRate: 0.92,
      source: 'learned',
    })
  })

  it('falls back to what is similar, then to the default, under 5 samples', () => {
    const similarResults = [{ winRate: 0.7, samples: 30, similarity: 0.8 }]
    expect(thresholdRule({ successes: 1, samples: 4, similarResults }).source).toBe('semantic')
    expect(thresholdRule({ successes: 1, samples: 4, defaultWinRate }).source).toBe('default')
  })
})

describe('the original’s confidence ranges', () => {
  it('hold at both ends of "under 5 samples: 0.0-0.2" and "5-100 samples: 0.2-0.7"', () => {
    expect(confidence(0)).toBe(0)
    expect(confidence(4)).toBeLessThanOrEqual(0.2)
    expect(confidence(5)).toBeGreaterThan(0.2)
    expect(confidence(100)).toBeLessThanOrEqual(0.7)
  })

  it('hold for "0.7-1.0" from 135 samples on, not from 101: the formula decides', () => {
    expect(confidence(101)).toBeCloseTo(0.6248, 4)
    expect(confidence(134)).toBeLessThan(0.7)
    expect(confidence(135)).toBeGreaterThan(0.7)
  })
})

describe('worked confidence figures of the original that are not followed', () => {
  it.each([
    { samples: 10, stated: 0.24, formula: 0.4013 },
    { samples: 47, stated: 0.82, formula: 0.4925 },
    { samples: 50, stated: 0.76, formula: 0.5 },
    { samples: 100, stated: 0.99, formula: 0.6225 },
  ])(
    '$samples samples give $formula by its formula, not $stated',
    ({ samples, stated, formula }) => {
      expect(confidence(samples)).toBeCloseTo(formula, 4)
      expect(confidence(samples)).not.toBeCloseTo(stated, 1)
    },
  )

  it('10 outcomes with 6 successes are learned already, not left to the default', () => {
    expect(thresholdRule({ successes: 6, samples: 10, defaultWinRate })).toMatchObject({
      winRate: 0.6,
      source: 'learned',
    })
  })
})
