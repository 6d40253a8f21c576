import { expect, it } from 'vitest'
import { bandsOf, emptyStart, mergeCounts, mergeLength, ratesOf, sharesOf } from './buckets.ts'
import { namesWithRoom } from './name-room.ts'
import { columnsPath, linePath } from './paths.ts'

it('buckets are taken together, the last one with what is left', () => {
  expect(mergeCounts([1, 2, 3, 4, 5], 2)).toEqual([3, 7, 5])
  expect(mergeLength(180, 48)).toBe(4)
  expect(mergeLength(10, 48)).toBe(1)
})

it('fewer than 20 outcomes tell no rate', () => {
  expect(ratesOf({ samples: [19, 20, 0], successes: [19, 5, 0] })).toEqual([null, 0.25, null])
})

it('shares of a bucket add up to 1, and are 0 where there is nothing', () => {
  expect(
    sharesOf([
      [1, 0],
      [3, 0],
    ]),
  ).toEqual([
    [0.25, 0],
    [0.75, 0],
  ])
})

it('what is empty at the start is left out, but for the bucket before, and never too much', () => {
  expect(emptyStart([[...new Array(50).fill(0), 1, ...new Array(49).fill(0)]])).toBe(49)
  expect(emptyStart([new Array(100).fill(0).with(99, 1)])).toBe(88)
  expect(emptyStart([new Array(100).fill(null)])).toBe(0)
})

it('a line has gaps, and a point alone can be seen', () => {
  expect(linePath([[0, 1], [1, 2], null, [3, 4]])).toBe('M0,1L1,2M2.3,4h1.4')
  expect(columnsPath([100, 100], [50, 100])).toBe('M0,100V50H46V100Z')
})

it('names keep clear of each other, the first ones first', () => {
  const points = [
    { left: 50, top: 50 },
    { left: 52, top: 51 },
    { left: 90, top: 50 },
    { left: 50, top: 60 },
  ]
  expect([...namesWithRoom(points, 9)]).toEqual([0, 2, 3])
  expect(namesWithRoom(points, 1).size).toBe(1)
})

it('a rate has the interval of Wilson, which ends within 0 and 1', () => {
  const bands = bandsOf({ samples: [19, 20, 100, 50], successes: [10, 20, 50, 0] })
  expect(bands[0]).toBeNull()
  expect(bands[1]).toEqual([expect.closeTo(0.839, 3), 1])
  expect(bands[2]).toEqual([expect.closeTo(0.404, 3), expect.closeTo(0.596, 3)])
  expect(bands[3]).toEqual([0, expect.closeTo(0.071, 3)])
})
