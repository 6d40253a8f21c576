import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseByThreshold, explorationOf } from './choice.ts'

const share = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true }))

test('propensities are how often each candidate is chosen', () => {
  const candidates = 4
  const exploration = 0.3
  const draws = 40_000
  const counts = new Array<number>(candidates).fill(0)
  const propensities = new Array<number>(candidates).fill(0)
  for (let i = 0; i < draws; i += 1) {
    const { at, propensity } = chooseByThreshold({ candidates, exploration, draw: i / draws })
    counts[at]! += 1
    propensities[at] = propensity
  }
  expect(propensities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12)
  for (const [at, count] of counts.entries()) {
    expect(count / draws).toBeCloseTo(propensities[at]!, 3)
  }
})

test('a choice is always a candidate with a propensity above 0 and up to 1', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      share,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (candidates, exploration, draw) => {
        const { at, propensity } = chooseByThreshold({ candidates, exploration, draw })
        expect(at).toBeGreaterThanOrEqual(0)
        expect(at).toBeLessThan(candidates)
        expect(propensity).toBeGreaterThan(0)
        expect(propensity).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('without exploration the best is chosen with certainty', () => {
  expect(chooseByThreshold({ candidates: 5, exploration: 0, draw: 0 })).toEqual({
    at: 0,
    propensity: 1,
  })
})

test('a policy of an unknown kind does not explore, whatever its fields are called', () => {
  expect(explorationOf({ kind: 'threshold', exploration: 0.25 })).toBe(0.25)
  expect(explorationOf({ kind: 'thompson', exploration: 0.25 })).toBe(0)
  expect(explorationOf(undefined)).toBe(0)
  expect(explorationOf({ kind: 'threshold', exploration: 1e-300 })).toBe(0)
})
