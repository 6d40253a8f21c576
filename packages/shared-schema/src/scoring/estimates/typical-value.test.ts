import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fourthRoot, typicalValue } from './typical-value.ts'

function typical(values: readonly number[], calls?: number): number {
  const sum = values.reduce((one, other) => one + other, 0)
  const rootSum = values.reduce((roots, value) => roots + fourthRoot(value), 0)
  return typicalValue({ count: values.length, sum, rootSum }, calls) ?? Number.NaN
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value)
const DAY_MS = 86_400_000

describe('typicalValue', () => {
  it('is the value of all calls where they are equal', () => {
    for (const count of [5, 10, 1_000]) {
      for (const value of [0, 1e-7, 0.01, 12, DAY_MS]) {
        expect(typical(times(count, value)) / (value || 1)).toBeCloseTo(value === 0 ? 0 : 1, 6)
      }
    }
  })

  it.each([
    ['$900 among 5 calls', 5, 0.01, 900],
    ['$900 among 10 calls', 10, 0.01, 900],
    ['$900 among 100 calls', 100, 0.01, 900],
    ['a million dollars among 5 calls', 5, 0.01, 1e6],
    ['a million dollars among 1,000 calls', 1_000, 0.01, 1e6],
    ['a day among 5 calls', 5, 800, DAY_MS],
    ['a day among 1,000 calls', 1_000, 800, DAY_MS],
    ['a million dollars among 20 free calls', 20, 0, 1e6],
  ])('hardly moves with one outlier: %s', (_, count, value, outlier) => {
    const found = typical([...times(count, value), outlier])
    expect(found).toBeGreaterThanOrEqual(value * 0.95)
    expect(found).toBeLessThanOrEqual(value * 1.15 + 1e-9)
  })

  it('moves by less than a factor of 2 where one call in a hundred is an outlier', () => {
    expect(typical([...times(990, 0.01), ...times(10, 900)])).toBeLessThan(0.02)
  })

  it('rises with a tail of great values that are no outliers', () => {
    for (const count of [20, 100, 1_000]) {
      const tailed = [...times(0.9 * count, 0.01), ...times(0.1 * count, 10)]
      expect(typical(tailed)).toBeGreaterThan(0.02)
    }
  })

  it('keeps models in order that differ by a factor of 2, however their calls are spread', () => {
    const spread = (scale: number) =>
      Array.from({ length: 200 }, (_, at) => scale * Math.exp(1.5 * Math.sin(at)))
    expect(typical(spread(0.02)) / typical(spread(0.01))).toBeCloseTo(2, 6)
    expect(typical([...spread(0.01), 900])).toBeLessThan(typical(spread(0.02)))
  })

  it('lies between 0 and the mean', () => {
    const value = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e6, noNaN: true }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 5, maxLength: 40 }), (values) => {
        const found = typical(values)
        const mean = values.reduce((sum, each) => sum + each, 0) / values.length
        expect(found).toBeGreaterThanOrEqual(0)
        expect(found).toBeLessThanOrEqual(mean)
      }),
    )
  })

  it('says nothing where fewer than five calls, and not all, reported a value', () => {
    expect(typicalValue({ count: 0, sum: 0, rootSum: 0 }, 0)).toBeUndefined()
    expect(typical([0.01], 101)).toBeNaN()
    expect(typical(times(4, 0.01), 101)).toBeNaN()
    expect(typical(times(4, 0.01))).toBeNaN()
    expect(typical(times(5, 0.01), 101)).toBeCloseTo(0.01, 9)
    expect(typical(times(2, 0.01), 2)).toBeCloseTo(0.01, 9)
    expect(typical([0.02], 1)).toBe(0.02)
  })
})
