import { expect, it } from 'vitest'
import { amounts, amountsOrNull, counts, shares, sharesOrNull } from './number-column.ts'

const names = { counts, amounts, shares, amountsOrNull, sharesOrNull }
const taken = {
  counts: [0, 1, Number.MAX_SAFE_INTEGER],
  amounts: [0, 0.5, Number.MAX_VALUE],
  shares: [0, 0.5, 1],
  amountsOrNull: [0, 2.5, null],
  sharesOrNull: [1, null],
}
const refused: Record<keyof typeof names, readonly unknown[]> = {
  counts: [-1, 0.5, 2 ** 53, '1', null, undefined],
  amounts: [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '1', null, undefined],
  shares: [-0.1, 1.1, Number.NaN, null, undefined],
  amountsOrNull: [-0.1, Number.POSITIVE_INFINITY, undefined, 'null'],
  sharesOrNull: [1.1, Number.NaN, undefined, {}],
}

it.each(['counts', 'amounts', 'shares', 'amountsOrNull', 'sharesOrNull'] as const)(
  '%s takes what it names, and tells the place of the first other value',
  (name) => {
    const column = names[name]
    expect(column.parse(taken[name])).toEqual(taken[name])
    for (const value of refused[name]) {
      const { error } = column.safeParse([1, value, value])
      expect(error?.issues).toMatchObject([{ path: [1] }])
      expect(error?.issues[0]?.message).toMatch(/^must be /)
    }
  },
)

it('a column is a list without gaps', () => {
  expect(counts.safeParse({ 0: 1, length: 1 }).success).toBe(false)
  expect(counts.safeParse('1').success).toBe(false)
  expect(counts.safeParse(new Array(2)).success).toBe(false)
  expect(counts.parse([])).toEqual([])
})

it('what becomes of the list that was read changes nothing', () => {
  const list = [1, 2]
  const column = counts.parse(list)
  list[0] = -5
  list.pop()
  expect(column).toEqual([1, 2])
})
