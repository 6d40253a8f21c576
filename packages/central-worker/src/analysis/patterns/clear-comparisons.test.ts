import { expect, it } from 'vitest'
import { clearComparisons } from './clear-comparisons.ts'

const found = (pValues: readonly number[]) =>
  clearComparisons(
    pValues.map((pValue, at) => ({
      facts: { at },
      comparison: { difference: at / 100, low: -1.5, high: 1.5, pValue },
    })),
  )

it('is clear what Benjamini and Hochberg reject in their example of 15 p values', () => {
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719,
    0.6528, 0.759, 1,
  ]
  const clear = found(published).filter((each) => each.clear)
  expect(clear.map(({ at }) => at).sort()).toEqual([0, 1, 2, 3])
})

it('one of many that would be clear by itself is not', () => {
  expect(found([0.04]).filter((each) => each.clear)).toHaveLength(1)
  expect(found([0.04, ...Array(19).fill(0.5)]).filter((each) => each.clear)).toHaveLength(0)
})

it('what is clear comes first, then the greatest differences', () => {
  expect(found([0.9, 0.0001, 0.0002, 0.8]).map(({ at }) => at)).toEqual([2, 1, 3, 0])
})

it('shows percentage points, never more than 100', () => {
  expect(found([0, 1])[1]).toEqual({
    at: 1,
    points: 1,
    lowPoints: -100,
    highPoints: 100,
    clear: false,
  })
})

it('has nothing to say about nothing', () => {
  expect(found([])).toEqual([])
})
