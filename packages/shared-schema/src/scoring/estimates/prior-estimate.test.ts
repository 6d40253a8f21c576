import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Evidence } from '../rewards/posterior.ts'
import { priorEstimate, type TaskBase, taskBase } from './prior-estimate.ts'

const nothing = { mean: 0.5, certainty: 0 }
const evidence = fc.record({
  mass: fc.double({ min: 0, max: 1e6, noNaN: true }),
  reward: fc.double({ min: 0, max: 1, noNaN: true }),
})

describe('the base of a task type', () => {
  it('counts models alike, however much was routed to one of them', () => {
    const { mean } = taskBase([
      { mass: 100_000, reward: 0.9 },
      { mass: 1_000, reward: 0.3 },
      { mass: 1_000, reward: 0.3 },
    ])
    expect(mean).toBeCloseTo(0.5, 2)
  })

  it('counts a model by what an outcome tells: 2 of reliable models as much as 11 of wavering ones', () => {
    const weightOf = ({ certainty }: TaskBase) => (0.1 * certainty) / (1 - certainty)
    const halfWorth = (reward: number) => (reward * (1 - reward)) / 0.15 ** 2
    expect(halfWorth(0.95)).toBeCloseTo(2.1, 1)
    expect(halfWorth(0.5)).toBeCloseTo(11.1, 1)
    for (const reward of [0.5, 0.7, 0.95]) {
      const base = taskBase([{ mass: 30, reward }])
      expect(weightOf(base)).toBeCloseTo(30 / (30 + halfWorth(reward)), 9)
    }
    expect(weightOf(taskBase([{ mass: 1, reward: 1 }]))).toBeCloseTo(1 / 2, 9)
  })

  it('takes a trace of evidence for none', () => {
    const known = { mass: 50, reward: 0.7 }
    expect(taskBase([{ mass: Number.MIN_VALUE, reward: 1 }])).toEqual(taskBase([]))
    expect(taskBase([known, { mass: Number.MIN_VALUE, reward: 1 }])).toEqual(taskBase([known]))
  })

  it('is uncertain without models and surer with each', () => {
    expect(taskBase([])).toEqual({ mean: 0.5, certainty: 0, priorMass: 10 })
    const one = taskBase([{ mass: 50, reward: 0.7 }])
    const two = taskBase([
      { mass: 50, reward: 0.7 },
      { mass: 50, reward: 0.7 },
    ])
    expect(two.certainty).toBeGreaterThan(one.certainty)
    expect(two.certainty).toBeLessThan(1)
  })

  /** Two kinds of models, whose true rates have the variance of Beta(m/2, m/2), and the binomial noise of `mass`. */
  const modelsApart = (m: number, mass: number) =>
    [-1, 1].flatMap((side) => {
      const rate = 0.5 + (side * 0.5) / Math.sqrt(m + 1)
      const noise = Math.sqrt((rate * (1 - rate)) / mass)
      return [-1, 1].flatMap((luck) =>
        new Array(500).fill({ mass, reward: rate + luck * noise }),
      ) as Evidence[]
    })

  it('tells what a prior is worth by how much models differ beyond chance', () => {
    for (const mass of [20, 2_000]) {
      for (const m of [15, 25, 50]) {
        const { priorMass } = taskBase(modelsApart(m, mass))
        expect(priorMass / m).toBeGreaterThan(0.85)
        expect(priorMass / m).toBeLessThan(1.15)
      }
    }
  })

  it('holds what a prior is worth in bounds, and at the usual until models are known: less of reliable ones', () => {
    const usualAt = (reward: number) => taskBase([{ mass: 1, reward }]).priorMass
    expect(usualAt(0.5)).toBeCloseTo(10, 9)
    expect(usualAt(0.8)).toBeCloseTo(0.16 / 0.15 ** 2 - 1, 9)
    expect(usualAt(0.99)).toBeCloseTo(3, 9)
    expect(taskBase(modelsApart(2, 500)).priorMass).toBeCloseTo(10, 9)
    expect(taskBase(modelsApart(1e6, 500)).priorMass).toBeCloseTo(60, 9)
    fc.assert(
      fc.property(fc.array(evidence), fc.array(evidence), (listed, unlisted) => {
        const { priorMass } = taskBase(listed, unlisted)
        expect(priorMass).toBeGreaterThanOrEqual(3 - 1e-9)
        expect(priorMass).toBeLessThanOrEqual(60 + 1e-9)
      }),
    )
  })
})

describe('a prior', () => {
  it('is one half where nothing is known at all', () => {
    expect(priorEstimate({ base: nothing, elsewhere: [] })).toBe(0.5)
  })

  it('is the default where that alone is known', () => {
    expect(priorEstimate({ base: nothing, elsewhere: [], defaultWinRate: 0.95 })).toBeCloseTo(
      0.95,
      12,
    )
  })

  it('is the base of the task type for an unknown model, if many models are known', () => {
    const base = taskBase(Array.from({ length: 30 }, () => ({ mass: 400, reward: 0.2 })))
    expect(priorEstimate({ base, elsewhere: [] })).toBeCloseTo(0.2, 1)
  })

  it('does not promise the luck of a single model of all others', () => {
    const base = taskBase([{ mass: 2, reward: 1 }])
    expect(priorEstimate({ base, elsewhere: [] })).toBeLessThan(0.95)
    const wavering = taskBase([{ mass: 2, reward: 0.5 }])
    expect(wavering.certainty).toBeLessThan(base.certainty)
  })

  it('moves towards what the model did elsewhere, by the difference between the task types', () => {
    const easy = { mean: 0.9, certainty: 1 }
    const hard = { mean: 0.3, certainty: 1 }
    const elsewhere = (reward: number) => [
      { evidence: { mass: 500, reward }, similarity: 0.8, base: easy },
    ]
    const average = priorEstimate({ base: hard, elsewhere: elsewhere(0.9) })
    const better = priorEstimate({ base: hard, elsewhere: elsewhere(0.98) })
    expect(average).toBeCloseTo(0.3, 9)
    expect(better).toBeGreaterThan(0.32)
    expect(better).toBeLessThan(0.4)
  })

  it('is the weighted mean that docs/learning-appendix.md says', () => {
    const elsewhere = [
      { evidence: { mass: 60, reward: 0.8 }, similarity: 0.5, base: { mean: 0.7, certainty: 0.5 } },
      { evidence: { mass: 20, reward: 0.4 }, similarity: 0, base: nothing },
    ]
    const base = { mean: 0.6, certainty: 0.8 }
    const related = { mass: 5, reward: 0.9 }
    const terms = [
      [0.8, 0.6],
      [0.2 + 1 / 2, 0.95],
      [0.5 * (60 / 80), 0.8 + 0.8 * 0.5 * (0.6 - 0.7)],
      [0.15 * (20 / 40), 0.4],
      [4 * (5 / 25), 0.9],
    ] as const
    const weight = terms.reduce((sum, [share]) => sum + share, 0)
    const mean = terms.reduce((sum, [share, reward]) => sum + share * reward, 0) / weight
    expect(priorEstimate({ base, elsewhere, defaultWinRate: 0.95, related })).toBeCloseTo(mean, 12)
    const without = priorEstimate({ base, elsewhere: [] })
    expect(without).toBeCloseTo(0.8 * 0.6 + 0.2 * 0.5, 12)
  })

  it('is never nearer to 0 or 1 than 0.02', () => {
    const sure = (mean: number) => ({ base: { mean, certainty: 1 }, elsewhere: [] })
    expect(priorEstimate(sure(0))).toBe(0.02)
    expect(priorEstimate(sure(1))).toBe(0.98)
  })

  it('is ruled by what has faded here rather than by similar task types', () => {
    const base = taskBase([{ mass: 100, reward: 0.5 }])
    const elsewhere = [{ evidence: { mass: 500, reward: 0.2 }, similarity: 0.8, base }]
    const faded = priorEstimate({ base, elsewhere, related: { mass: 300, reward: 0.9 } })
    expect(faded).toBeGreaterThan(0.7)
  })

  it('lies within (0, 1) whatever it rests on', () => {
    const base = fc.record({
      mean: fc.double({ min: 0, max: 1, noNaN: true }),
      certainty: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const elsewhere = fc.array(
      fc.record({ evidence, similarity: fc.double({ min: 0, max: 1, noNaN: true }), base }),
    )
    fc.assert(
      fc.property(
        base,
        elsewhere,
        fc.option(evidence, { nil: undefined }),
        (here, there, related) => {
          const mean = priorEstimate({ base: here, elsewhere: there, related })
          expect(mean).toBeGreaterThan(0)
          expect(mean).toBeLessThan(1)
        },
      ),
    )
  })
})
