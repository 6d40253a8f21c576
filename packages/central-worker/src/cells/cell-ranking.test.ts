import { expect, test } from 'vitest'
import { bestCellFirst } from './cell-ranking.ts'

const cell = (successes: number, samples: number) => ({ successes, samples })

test.each([
  [1, 1],
  [5, 5],
  [9, 9],
])('%i successes of %i lead no cell that has outcomes', (successes, samples) => {
  const lucky = cell(successes, samples)
  const usual = cell(100, 1_000)
  expect([lucky, usual].toSorted(bestCellFirst)).toEqual([usual, lucky])
})

test('the better win rate leads, then the cell with more samples; what has few samples is in the same order', () => {
  const cells = [cell(90, 100), cell(8, 10), cell(80, 100), cell(9, 9), cell(0, 3), cell(0, 0)]
  const inOrder = [0, 2, 1, 3, 4, 5].map((at) => cells[at])
  expect(cells.toReversed().toSorted(bestCellFirst)).toEqual(inOrder)
})
