import { expect, it } from 'vitest'
import { paretoOf } from './pareto.ts'

it('keeps what nothing beats in cost and reward at once, the cheapest first', () => {
  const points = [
    { cost: 5, reward: 0.9 },
    { cost: 1, reward: 0.5 },
    { cost: 2, reward: 0.4 },
    { cost: 1, reward: 0.6 },
    { cost: 9, reward: 0.9 },
  ]
  expect(paretoOf(points)).toEqual([3, 0])
})
